import { isDigest, SlipwayError, type ByteRange, type Digest, type ReadHints } from '../../core/index.js';
import { jsonField, type JsonValue, type ModelFile } from '../../files/index.js';
import type { Descriptor } from '../descriptor.js';
import { isTag } from '../reference.js';
import type { PartialListing, PushBlobOptions, PushedBlob, StoredManifest } from '../target.js';
import { AbsenceGuess } from './absence.js';
import type { Connection } from './connection.js';
import { downloadBlob } from './blob-download.js';
import {
  manifestWithDigest,
  deleteManifest,
  headManifest,
  putManifest,
  readManifest,
  requireReadable,
} from './manifests.js';
import { pages } from './pages.js';
import { hasReferrersApi, probeRegistry, type RegistryAbilities } from './probe.js';
import { addReferrer, listReferrers, listReferrersSoFar } from './referrers.js';
import { Upload, type UploadSettings } from './upload.js';
import type { DeletableTarget } from '../target.js';

/** Manifests that are kept for tagging. */
const MOST_KEPT = 64;
/** Most tags that are listed. */
const MOST_TAGS = 100_000;

/** Answers to the question whether a blob is there, with those that leave it open. */
const UNANSWERED = [200, 400, 401, 403, 404, 405, 500, 501] as const;

/** One repository of a remote registry (OCI distribution-spec v1.1). */
export class RegistryTarget implements DeletableTarget {
  readonly name: string;
  /** Canonical host with port: targets of one host can mount from each other. */
  readonly host: string;
  readonly repository: string;
  readonly #connection: Connection;
  readonly #settings: UploadSettings;
  readonly #absence = new AbsenceGuess();
  /** Bytes of manifests that were pushed here, so that tagging need not fetch them. */
  readonly #pushed = new Map<Digest, { bytes: Uint8Array; mediaType: string }>();

  constructor(host: string, connection: Connection, settings: UploadSettings) {
    this.host = host;
    this.repository = connection.repository;
    this.name = `${host}/${connection.repository}`;
    this.#connection = connection;
    this.#settings = settings;
  }

  async resolve(reference: string, signal?: AbortSignal): Promise<Descriptor> {
    const known = isDigest(reference) ? this.#pushed.get(reference) : undefined;
    // What was pushed just now need not be fetched to be known.
    if (known !== undefined) return manifestWithDigest(known.bytes, known.mediaType).descriptor;
    const { descriptor } = await this.readManifest(reference, signal);
    return descriptor;
  }

  async readManifest(reference: string, signal?: AbortSignal): Promise<StoredManifest> {
    return readManifest(this.#connection, reference, signal);
  }

  /** As {@link readManifest}, of what is to be signed: content trust withholds it from everything else. */
  async readToSign(reference: string, signal?: AbortSignal): Promise<StoredManifest> {
    return readManifest(this.#connection, reference, signal, 'sign');
  }

  async hasManifest(digest: Digest, signal?: AbortSignal): Promise<boolean> {
    return (await headManifest(this.#connection, digest, signal)) === digest;
  }

  readBlob(
    blob: Pick<Descriptor, 'digest' | 'size'>,
    range?: ByteRange,
    signal?: AbortSignal,
    hints?: ReadHints,
  ): AsyncIterable<Uint8Array> {
    return downloadBlob(this.#connection, blob, this.#settings, { range, signal, hints });
  }

  async tags(signal?: AbortSignal): Promise<readonly string[]> {
    const found: string[] = [];
    const ask = {
      method: 'GET',
      to: 'tags/list',
      actions: 'pull',
      expect: [200, 404],
      doing: `list the tags of '${this.repository}'`,
      signal,
    };
    for await (const { page } of pages(this.#connection, ask)) {
      const tags = jsonField(page, 'tags');
      for (const tag of Array.isArray(tags) ? (tags as readonly JsonValue[]) : []) {
        if (typeof tag === 'string' && isTag(tag)) found.push(tag);
      }
      if (found.length > MOST_TAGS) throw new SlipwayError('OCI_PROTOCOL', `'${this.name}' has too many tags`);
    }
    return found;
  }

  async referrers(digest: Digest, artifactType?: string, signal?: AbortSignal): Promise<readonly Descriptor[]> {
    return listReferrers(this.#connection, digest, artifactType, signal);
  }

  async referrersSoFar(digest: Digest, signal?: AbortSignal): Promise<PartialListing> {
    return listReferrersSoFar(this.#connection, digest, signal);
  }

  /** Signs in and asks nothing. Throws what any request would be refused with. */
  async signIn(signal?: AbortSignal): Promise<void> {
    const ask = {
      method: 'GET',
      to: new URL('/v2/', this.#connection.base),
      actions: 'pull',
      expect: [200, 404],
    } as const;
    const response = await this.#connection.ask({ ...ask, doing: 'sign in', signal });
    await response.discard();
  }

  /** What this account may do here and what the registry can. Nothing is left there. Throws for refused credentials. */
  async probe(signal?: AbortSignal): Promise<RegistryAbilities> {
    return probeRegistry(this.#connection, signal);
  }

  /** Whether there is a referrers API, asked without changing anything; `undefined` where that cannot be told. */
  async hasReferrersApi(signal?: AbortSignal): Promise<boolean | undefined> {
    return hasReferrersApi(this.#connection, signal);
  }

  async hasBlob(digest: Digest, signal?: AbortSignal): Promise<boolean> {
    return (await this.#lookFor(digest, [200, 404], signal)) === 200;
  }

  /**
   * Whether a blob need not be sent. A registry that fails over this one question may hold it damaged (distribution with an empty link
   * file, after its disk was full): sending it again mends that, and fails with a reason of its own where it does not. An account
   * that may only push, and a registry that answers no HEAD, cannot say: the blob is sent.
   */
  async #isStanding(digest: Digest, signal: AbortSignal | undefined): Promise<boolean> {
    const isThere = (await this.#lookFor(digest, UNANSWERED, signal)) === 200;
    this.#absence.learn(isThere);
    return isThere;
  }

  async #lookFor(digest: Digest, expect: readonly number[], signal: AbortSignal | undefined): Promise<number> {
    const response = await this.#connection.ask({
      method: 'HEAD',
      to: `blobs/${checkedDigest(digest)}`,
      actions: 'pull,push',
      expect,
      doing: `look for a blob in '${this.repository}'`,
      signal,
    });
    await response.discard();
    return response.status;
  }

  async pushBlob(file: ModelFile, options: PushBlobOptions = {}): Promise<PushedBlob> {
    const { digest, size } = file;
    const { largestLayer, kind } = this.#settings.rules;
    if (size > largestLayer) throw tooLarge(file, largestLayer, kind);
    const asks = digest !== undefined && (options.mountFrom !== undefined || this.#absence.isWorthAsking(size));
    if (asks && (await this.#isStanding(digest, options.signal))) return { digest, size, how: 'exists' };
    const upload = new Upload(this.#connection, file, options, this.#settings);
    const mounted = digest !== undefined && (await this.#mount(digest, options, upload));
    return mounted ? { digest, size, how: 'mounted' } : upload.run();
  }

  /** Asks for the blob of another repository; a registry that does not give it has begun an upload, which goes on. */
  async #mount(digest: Digest, { mountFrom, signal }: PushBlobOptions, upload: Upload): Promise<boolean> {
    if (mountFrom === undefined || mountFrom === this.repository) return false;
    const response = await this.#connection.ask({
      method: 'POST',
      to: `blobs/uploads/?mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(mountFrom)}`,
      actions: 'pull,push',
      mountFrom,
      // A refusal to mount is no failure: the bytes can still be sent.
      expect: [201, 202, 400, 401, 403, 404, 405],
      doing: `mount a blob from '${mountFrom}'`,
      redirect: 'manual',
      signal,
    });
    await response.discard();
    if (response.status === 202) upload.startAt(response);
    return response.status === 201;
  }

  async pushManifest(bytes: Uint8Array, mediaType: string, signal?: AbortSignal): Promise<Descriptor> {
    const { descriptor, subject, annotations } = manifestWithDigest(bytes, mediaType);
    const indexed = await putManifest(this.#connection, descriptor.digest, { bytes, mediaType }, signal);
    await requireReadable(this.#connection, descriptor, signal);
    this.#pushed.set(descriptor.digest, { bytes, mediaType });
    const [oldest] = this.#pushed.keys();
    if (this.#pushed.size > MOST_KEPT && oldest !== undefined) this.#pushed.delete(oldest);
    if (subject !== undefined && !indexed) {
      const referrer = Object.keys(annotations).length === 0 ? descriptor : { ...descriptor, annotations };
      await addReferrer(this.#connection, subject.digest, referrer, signal);
    }
    return descriptor;
  }

  async tag(descriptor: Descriptor, tag: string, signal?: AbortSignal): Promise<void> {
    if (!isTag(tag)) throw new SlipwayError('USAGE', `'${tag.slice(0, 140)}' is not a tag`);
    const known = this.#pushed.get(checkedDigest(descriptor.digest));
    const { bytes, mediaType } = known ?? (await this.#fetched(descriptor.digest, signal));
    try {
      await putManifest(this.#connection, tag, { bytes, mediaType }, signal);
    } catch (error) {
      // Harbor refuses an immutable tag even where nothing would change.
      const refused = SlipwayError.is(error) && error.code === 'TAG_EXISTS';
      if (!refused || (await headManifest(this.#connection, tag, signal)) !== descriptor.digest) throw error;
    }
  }

  async #fetched(digest: Digest, signal: AbortSignal | undefined): Promise<{ bytes: Uint8Array; mediaType: string }> {
    const { bytes, descriptor } = await this.readManifest(digest, signal);
    return { bytes, mediaType: descriptor.mediaType };
  }

  async deleteManifest(reference: string, signal?: AbortSignal): Promise<void> {
    await deleteManifest(this.#connection, reference, signal);
    if (isDigest(reference)) this.#pushed.delete(reference);
  }

  async deleteBlob(digest: Digest, signal?: AbortSignal): Promise<void> {
    const response = await this.#connection.ask({
      method: 'DELETE',
      to: `blobs/${checkedDigest(digest)}`,
      actions: 'pull,push,delete',
      expect: [200, 202, 204],
      doing: `delete a blob of '${this.repository}'`,
      signal,
    });
    await response.discard();
  }
}

function checkedDigest(digest: Digest): Digest {
  if (isDigest(digest)) return digest;
  throw new SlipwayError('USAGE', `'${String(digest).slice(0, 80)}' is not a sha256 digest`);
}

function tooLarge(file: ModelFile, limit: number, kind: string): SlipwayError {
  return new SlipwayError('OCI_LIMIT', `'${file.path}' is larger than a layer may be in this registry`, {
    got: `${file.size} bytes, limit ${limit} (${kind})`,
    context: { limit, actual: file.size },
    try: 'split the model into several files',
  });
}
