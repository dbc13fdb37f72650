import {
  abortedError,
  isDigest,
  SlipwayError,
  throwIfAborted,
  type ByteRange,
  type Digest,
  type ReadHints,
} from '../../core/index.js';
import { checkedRange, createDigester, memoryFile, verified, type ModelFile } from '../../files/index.js';
import { MEDIA_TYPES, type Descriptor } from '../descriptor.js';
import { describe, MANIFEST_LIMIT, parseManifest, type ParsedManifest } from '../manifest.js';
import { isTag } from '../reference.js';
import { manifestWithDigest } from '../remote/manifests.js';
import type { DeletableTarget, PartialListing, PushBlobOptions, PushedBlob, StoredManifest } from '../target.js';
import { ArchiveStorage } from './archive-storage.js';
import { DirectoryStorage } from './directory-storage.js';
import { tagOf, withManifest, withTag } from './layout-index.js';
import type { CollectedGarbage, LayoutStorage } from './layout-storage.js';

/** What a blob that is not what it should be is told by. */
const DAMAGED: ReadonlySet<string> = new Set(['DIGEST_MISMATCH', 'SIZE_MISMATCH', 'OCI_NOT_FOUND', 'NOT_FOUND']);

/** What {@link LayoutTarget.verify} found. */
export interface LayoutVerification {
  readonly blobs: number;
  readonly bytes: number;
  /** `setAside`: where it was put, when there was anything. */
  readonly damaged: readonly { readonly digest: Digest; readonly setAside: string | undefined }[];
}

interface CheckedBlob {
  readonly blob: Pick<Descriptor, 'digest' | 'size'>;
  readonly isManifest: boolean;
}

/**
 * An OCI image layout (image-spec v1.1, image-layout.md), in a directory or an archive. Safe against crashes and other writers:
 * what is found under its name is complete, and the list of manifests is merged under a lock.
 */
export class LayoutTarget implements DeletableTarget {
  /** A layout is in no registry. */
  readonly host: undefined = undefined;
  readonly #storage: LayoutStorage;

  constructor(storage: LayoutStorage) {
    this.#storage = storage;
  }

  get name(): string {
    return this.#storage.name;
  }

  async resolve(reference: string, signal?: AbortSignal): Promise<Descriptor> {
    throwIfAborted(signal);
    if (isDigest(reference)) return (await this.#load(reference)).descriptor;
    const found = (await this.#storage.readIndex()).find((one) => tagOf(one) === reference);
    if (found === undefined) throw notFound(`${this.name}:${reference}`, this.name);
    return (await this.#load(found.digest, found.mediaType)).descriptor;
  }

  async readManifest(reference: string, signal?: AbortSignal): Promise<StoredManifest> {
    const { digest } = await this.resolve(reference, signal);
    const { descriptor, bytes } = await this.#load(digest);
    return { descriptor, bytes };
  }

  /**
   * True for what `index.json` lists and is all there: a manifest that only lies there could be garbage of a killed writer.
   * Everything that it lists is read, since a disk can forget.
   */
  async hasManifest(digest: Digest, signal?: AbortSignal): Promise<boolean> {
    const listed = (await this.#storage.readIndex()).some((one) => one.digest === digest);
    return listed && this.#isWhole(digest, signal);
  }

  async #isWhole(digest: Digest, signal: AbortSignal | undefined): Promise<boolean> {
    const size = await this.#storage.blobSize(digest);
    if (size === undefined || !(await this.#isSound({ digest, size }, signal))) return false;
    const { parsed } = await this.#load(digest);
    for (const blob of parsed.blobs) if (!(await this.#isSound(blob, signal))) return false;
    for (const child of parsed.manifests) if (!(await this.#isWhole(child.digest, signal))) return false;
    return true;
  }

  /** Whether a blob is there and is what its name says. */
  async #isSound({ digest, size }: Pick<Descriptor, 'digest' | 'size'>, signal?: AbortSignal): Promise<boolean> {
    if ((await this.#storage.blobSize(digest)) !== size) return false;
    try {
      for await (const _ of this.readBlob({ digest, size }, undefined, signal));
      return true;
    } catch (error) {
      if (SlipwayError.is(error) && DAMAGED.has(error.code)) return false;
      throw error;
    }
  }

  async *readBlob(
    blob: Pick<Descriptor, 'digest' | 'size'>,
    range?: ByteRange,
    signal?: AbortSignal,
    hints?: ReadHints,
  ): AsyncGenerator<Uint8Array> {
    const { digest, size } = blob;
    const { start, end } = checkedRange(digest, size, range);
    if ((await this.#storage.blobSize(digest)) === undefined) throw notFound(`${this.name}@${digest}`);
    const whole = start === 0 && end === size;
    // One byte more than announced is asked for, so that a blob that has grown is noticed.
    const last = whole ? end + 1 : end;
    // What is verified on the way is held back for a moment: chunks cannot be lent then.
    const lent = { lend: hints?.lend === true && range !== undefined };
    const bytes = end > start || whole ? this.#storage.readBlob(digest, { start, end: last }, signal, lent) : nothing();
    const name = this.#storage.blobPlace(digest);
    yield* verified(bytes, { name, size: end - start, ...(range === undefined && { digest }) });
  }

  async tags(signal?: AbortSignal): Promise<readonly string[]> {
    throwIfAborted(signal);
    return (await this.#storage.readIndex())
      .map(tagOf)
      .filter((tag) => tag !== undefined)
      .sort();
  }

  /** The one tag of the layout (fallback tags of referrers and signatures aside), or the one manifest without a tag. */
  async onlyReference(signal?: AbortSignal): Promise<string | undefined> {
    throwIfAborted(signal);
    const listed = await this.#storage.readIndex();
    const tags = listed.map(tagOf).filter((tag) => tag !== undefined && !/^sha256-[0-9a-f]{64}(\.[a-z]+)?$/.test(tag));
    if (tags.length > 0) return tags.length === 1 ? tags[0] : undefined;
    return listed.length === 1 ? listed[0]?.digest : undefined;
  }

  async referrers(digest: Digest, artifactType?: string, signal?: AbortSignal): Promise<readonly Descriptor[]> {
    const found: Descriptor[] = [];
    for (const entry of await this.#storage.readIndex()) {
      throwIfAborted(signal);
      if (!(await this.hasBlob(entry.digest))) continue;
      const { descriptor, parsed } = await this.#load(entry.digest, entry.mediaType);
      const known = found.some((one) => one.digest === descriptor.digest);
      if (parsed.subject?.digest !== digest || known) continue;
      if (artifactType === undefined || referrerType(parsed) === artifactType)
        found.push(asReferrer(descriptor, parsed));
    }
    return found;
  }

  async referrersSoFar(digest: Digest, signal?: AbortSignal): Promise<PartialListing> {
    return { found: await this.referrers(digest, undefined, signal) };
  }

  async hasBlob(digest: Digest, signal?: AbortSignal): Promise<boolean> {
    throwIfAborted(signal);
    return (await this.#storage.blobSize(digest)) !== undefined;
  }

  async pushBlob(file: ModelFile, options: PushBlobOptions = {}): Promise<PushedBlob> {
    const { digest: announced, size } = file;
    // What is there is read: a blob that the disk has changed is written anew.
    if (announced !== undefined && (await this.#isSound({ digest: announced, size }, options.signal))) {
      return { digest: announced, size, how: 'exists' };
    }
    const digester = createDigester(size, announced);
    const expected = { name: file.path, size, ...(announced !== undefined && { digest: announced }) };
    const content = counted(verified(file.read(undefined, options.signal), expected), options);
    try {
      await this.#storage.writeBlob(content, size, digester);
      return { digest: await digester.digest(), size, how: 'sent' };
    } catch (error) {
      throw options.signal?.aborted ? abortedError(options.signal) : error;
    } finally {
      digester.close();
    }
  }

  async mayHold(size: number): Promise<boolean> {
    return this.#storage.holdsSize(size);
  }

  async pushManifest(bytes: Uint8Array, mediaType: string, signal?: AbortSignal): Promise<Descriptor> {
    const { descriptor } = manifestWithDigest(bytes, mediaType);
    const parsed = parseManifest(bytes, descriptor.digest, mediaType);
    await this.pushBlob(memoryFile(descriptor.digest, bytes), signal === undefined ? {} : { signal });
    const children = parsed.manifests.map((one) => one.digest);
    // Under the lock, which a collection of garbage holds as well.
    const before = async (): Promise<void> => {
      for (const child of [descriptor, ...parsed.blobs, ...parsed.manifests]) {
        if ((await this.#storage.blobSize(child.digest)) !== child.size)
          throw incomplete(descriptor.digest, child.digest);
      }
    };
    await this.#storage.updateIndex((manifests) => withManifest(manifests, descriptor, children), { signal, before });
    return descriptor;
  }

  async tag(descriptor: Descriptor, tag: string, signal?: AbortSignal): Promise<void> {
    if (!isTag(tag)) throw new SlipwayError('USAGE', `'${tag.slice(0, 140)}' is not a tag`);
    const before = async (): Promise<void> => {
      if (!(await this.hasBlob(descriptor.digest, signal))) throw notFound(`${this.name}@${descriptor.digest}`);
    };
    await this.#storage.updateIndex((manifests) => withTag(manifests, descriptor, tag), { signal, before });
  }

  /** Removes a tag, or every entry of a digest. The bytes go with the next {@link LayoutTarget.collectGarbage}. */
  async deleteManifest(reference: string, signal?: AbortSignal): Promise<void> {
    const matches = (one: Descriptor): boolean => tagOf(one) === reference || one.digest === reference;
    if (!(await this.#storage.readIndex()).some(matches)) throw notFound(`${this.name}:${reference}`, this.name);
    await this.#storage.updateIndex((manifests) => manifests.filter((one) => !matches(one)), { signal });
  }

  /**
   * Removes blobs that nothing in `index.json` leads to, and what killed writers left. A referrer stays as long as its
   * subject. Not while another process pushes: what it has not tagged yet would look like garbage.
   */
  async collectGarbage(signal?: AbortSignal): Promise<CollectedGarbage> {
    return this.#storage.collect(async () => this.#reachable(signal), signal);
  }

  /** Reads everything that `index.json` leads to. A blob that is not what its name says is set aside beside the layout's blobs. */
  async verify(signal?: AbortSignal): Promise<LayoutVerification> {
    const damaged: { digest: Digest; setAside: string | undefined }[] = [];
    let [blobs, bytes] = [0, 0];
    const pending: CheckedBlob[] = (await this.#storage.readIndex()).map((blob) => ({ blob, isManifest: true }));
    const seen = new Set<Digest>();
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { blob, isManifest } = next;
      if (seen.has(blob.digest)) continue;
      seen.add(blob.digest);
      blobs++;
      bytes += blob.size;
      if (!(await this.#isSound(blob, signal))) {
        damaged.push({ digest: blob.digest, setAside: await this.#storage.setAside(blob.digest) });
      } else if (isManifest) {
        const { parsed } = await this.#load(blob.digest);
        pending.push(...parsed.blobs.map((one) => ({ blob: one, isManifest: false })));
        pending.push(...parsed.manifests.map((one) => ({ blob: one, isManifest: true })));
      }
    }
    return { blobs, bytes, damaged };
  }

  async #reachable(signal: AbortSignal | undefined): Promise<ReadonlySet<string>> {
    const live = new Set<string>();
    const pending = (await this.#storage.readIndex()).map((one) => one.digest);
    for (let digest = pending.pop(); digest !== undefined; digest = pending.pop()) {
      throwIfAborted(signal);
      if (live.has(digest)) continue;
      live.add(digest);
      if (!(await this.hasBlob(digest))) continue;
      const { parsed } = await this.#load(digest);
      for (const blob of parsed.blobs) live.add(blob.digest);
      pending.push(...parsed.manifests.map((one) => one.digest));
    }
    return live;
  }

  async #load(digest: Digest, mediaType?: string): Promise<StoredManifest & { parsed: ParsedManifest }> {
    const size = await this.#storage.blobSize(digest);
    if (size === undefined) throw notFound(`${this.name}@${digest}`);
    if (size > MANIFEST_LIMIT) {
      throw new SlipwayError('MANIFEST_INVALID', `'${digest}' is too large for a manifest`, { got: `${size} bytes` });
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.readBlob({ digest, size })) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    const parsed = parseManifest(bytes, `${this.name}@${digest}`, mediaType);
    return { descriptor: describe(bytes, digest, parsed), bytes, parsed };
  }
}

/** Opens an image layout; it is created with the first push. */
export function openLayout(directory: string): LayoutTarget {
  return new LayoutTarget(new DirectoryStorage(directory));
}

/** Opens an image layout in one file, a tar as skopeo's and Docker's `oci-archive`; it is created with the first push. */
export function openArchive(file: string): LayoutTarget {
  return new LayoutTarget(new ArchiveStorage(file));
}

async function* counted(content: AsyncIterable<Uint8Array>, options: PushBlobOptions): AsyncGenerator<Uint8Array> {
  let done = 0;
  for await (const chunk of content) {
    throwIfAborted(options.signal);
    yield chunk;
    done += chunk.byteLength;
    options.onProgress?.(done);
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** The referrers listing takes the type of a config where no artifactType is given (image-spec v1.1). */
function referrerType(parsed: ParsedManifest): string | undefined {
  const [config] = parsed.kind === 'manifest' ? parsed.blobs : [];
  return parsed.artifactType ?? (config?.mediaType === MEDIA_TYPES.empty ? undefined : config?.mediaType);
}

function asReferrer(descriptor: Descriptor, parsed: ParsedManifest): Descriptor {
  const artifactType = referrerType(parsed);
  return {
    ...descriptor,
    ...(artifactType !== undefined && { artifactType }),
    ...(Object.keys(parsed.annotations).length > 0 && { annotations: parsed.annotations }),
  };
}

/** `layout` is given where another tag may be what is wanted. */
function notFound(what: string, layout?: string): SlipwayError {
  return new SlipwayError('OCI_NOT_FOUND', `'${what}' does not exist`, {
    where: what,
    ...(layout !== undefined && { try: `pipeline inspect ${layout}   (lists its tags)` }),
  });
}

function incomplete(manifest: Digest, child: Digest): SlipwayError {
  return new SlipwayError('MANIFEST_INVALID', 'a manifest cannot be stored before what it lists', {
    where: manifest,
    got: `${child} is missing`,
  });
}
