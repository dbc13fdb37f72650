import { SlipwayError, type Digest } from '../core/index.js';
import type { ModelFile } from '../files/index.js';
import type { Descriptor } from './descriptor.js';
import { findReference, isWithheld } from './find-reference.js';
import { parseManifest, type ParsedManifest } from './manifest.js';
import type { PushedBlob, ReadableTarget, StoredManifest, Target } from './target.js';
import { countBlobs, Transfer, type BlobCounts } from './transfer.js';
import type { OnTransfer } from './transfer-event.js';

/** Manifests nested deeper than this are not meant seriously. */
const DEEPEST = 8;
/** A larger config is not worth reading for a cache that belongs to another tool. */
const SMALL_CONFIG = 4 * 1024 * 1024;
/** Hashing a blob from this size on takes a share of the time that sending it takes. */
const LARGE = 16 * 1024 * 1024;

export interface CopyOptions {
  /** Tags (or digests) to copy; every tag of the source unless given. */
  readonly references?: readonly string[];
  /** The tag in the target for a single reference, if it is to be another one. */
  readonly as?: string;
  /** Copy what refers to each manifest (signatures, attestations) too. */
  readonly referrers?: boolean;
  /** Of an index, only this platform (`os/architecture[/variant]`): the manifest itself is copied then, not the index. */
  readonly platform?: string;
  /** Blobs on their way at the same time; 4 unless given. */
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
  readonly onEvent?: OnTransfer;
}

/** One reference as it now stands in the target. */
export interface Copied {
  /** `name[:tag]@digest` in the target. */
  readonly reference: string;
  readonly digest: Digest;
  readonly tags: readonly string[];
}

export interface CopyResult {
  readonly copied: readonly Copied[];
  readonly blobs: BlobCounts;
  /** Manifests and indexes written. */
  readonly manifests: number;
}

/**
 * Copies manifests with everything they need between any two targets; digests stay what they were. Blobs that the
 * target has, or can mount from another repository of its registry, are not moved. Children go before parents, and
 * tags last, together.
 */
export async function copy(source: ReadableTarget, target: Target, options: CopyOptions = {}): Promise<CopyResult> {
  const references = options.references ?? (await source.tags(options.signal));
  if (options.as !== undefined && references.length !== 1) {
    throw new SlipwayError('USAGE', 'another tag can be given to a single reference only', {
      got: `${references.length}`,
    });
  }
  const run = new Copy(source, target, options);
  const roots: { descriptor: Descriptor; tags: readonly string[] }[] = [];
  for (const reference of references) {
    const descriptor = await run.root(reference);
    const tag = options.as ?? (reference.startsWith('sha256:') ? undefined : reference);
    await run.manifest(descriptor.digest, 0);
    roots.push({ descriptor, tags: tag === undefined ? [] : [tag] });
  }
  for (const { descriptor, tags } of roots) for (const tag of tags) await run.tag(descriptor, tag);
  return {
    copied: roots.map(({ descriptor: { digest }, tags }) => ({
      reference: `${target.name}${tags[0] === undefined ? '' : `:${tags[0]}`}@${digest}`,
      digest,
      tags,
    })),
    blobs: countBlobs(run.blobs),
    manifests: run.manifests,
  };
}

class Copy {
  readonly #source: ReadableTarget;
  readonly #target: Target;
  readonly #options: CopyOptions;
  readonly #transfer: Transfer;
  readonly #done = new Set<Digest>();
  /** Manifests that were read to see where a reference leads. */
  readonly #read = new Map<Digest, StoredManifest>();
  readonly blobs: PushedBlob[] = [];
  manifests = 0;

  constructor(source: ReadableTarget, target: Target, options: CopyOptions) {
    this.#source = source;
    this.#target = target;
    this.#options = options;
    const mountFrom = sameRegistry(source, target);
    this.#transfer = new Transfer(target, {
      signal: options.signal ?? new AbortController().signal,
      concurrency: options.concurrency ?? 4,
      onEvent: options.onEvent,
      mountFrom,
    });
  }

  /** The manifest that a reference leads to, which with `platform` may be a child of what was named. */
  async root(reference: string): Promise<Descriptor> {
    const { signal } = this.#transfer;
    const read = await this.#source.readManifest(reference, signal);
    const { descriptor, bytes } = read;
    this.#read.set(descriptor.digest, read);
    const { platform } = this.#options;
    const parsed = parseManifest(bytes, reference, descriptor.mediaType);
    if (platform === undefined || parsed.kind === 'manifest') return descriptor;
    const match = parsed.manifests.find((one) => platformName(one) === platform);
    if (match !== undefined) return match;
    const names = parsed.manifests.flatMap((one) => platformName(one) ?? []);
    throw new SlipwayError('OCI_NOT_FOUND', `'${reference}' has nothing for platform '${platform}'`, {
      got: names.length === 0 ? 'an index without platforms' : names.join(', '),
    });
  }

  /** Copies a manifest after everything it lists; with `referrers`, what refers to it afterwards. */
  async manifest(digest: Digest, depth: number): Promise<void> {
    if (this.#done.has(digest)) return;
    this.#done.add(digest);
    if (depth > DEEPEST)
      throw new SlipwayError('MANIFEST_INVALID', 'manifests are nested too deeply', { where: digest });
    const { signal } = this.#transfer;
    // A target has a manifest only after everything that it lists.
    if (!(await hasManifest(this.#target, digest, signal))) await this.#transferManifest(digest, depth);
    if (this.#options.referrers !== true) return;
    for (const referrer of await this.#source.referrers(digest, undefined, signal)) {
      await this.#referrer(referrer, digest, depth);
    }
  }

  /** What refers to a manifest may be withheld where the manifest is not: Harbor gives out signatures, and no plain documents. */
  async #referrer({ digest, artifactType, mediaType }: Descriptor, subject: Digest, depth: number): Promise<void> {
    try {
      await this.manifest(digest, depth + 1);
    } catch (error) {
      if (!isWithheld(error)) throw error;
      const what = `${artifactType ?? mediaType} ${digest}, which refers to ${subject}`;
      const message = `not copied: ${what}: the content trust of its project does not give it out`;
      this.#options.onEvent?.({ type: 'warning', message });
    }
  }

  async tag(descriptor: Descriptor, tag: string): Promise<void> {
    const { signal } = this.#transfer;
    if ((await this.#standing(tag)) !== descriptor.digest) await this.#target.tag(descriptor, tag, signal);
    this.#options.onEvent?.({ type: 'tag', reference: `${this.#target.name}:${tag}`, digest: descriptor.digest });
  }

  /** What a tag of the target points at, as far as it says. */
  async #standing(tag: string): Promise<Digest | undefined> {
    try {
      return (await findReference(this.#target, tag, this.#transfer.signal))?.digest;
    } catch (error) {
      if (isWithheld(error)) return undefined;
      throw error;
    }
  }

  async #transferManifest(digest: Digest, depth: number): Promise<void> {
    const { signal } = this.#transfer;
    const read = this.#read.get(digest) ?? (await this.#source.readManifest(digest, signal));
    this.#read.delete(digest);
    const { bytes, descriptor } = read;
    const parsed = parseManifest(bytes, digest, descriptor.mediaType);
    for (const child of parsed.manifests) await this.manifest(child.digest, depth + 1);
    const results = await Promise.allSettled(parsed.blobs.map((blob) => this.#transfer.send(this.#blobFile(blob))));
    for (const result of results) {
      // The signal's reason is the first failure; the others only followed.
      if (result.status === 'rejected') throw signal.aborted ? signal.reason : result.reason;
      this.blobs.push(result.value);
    }
    await this.#readConfig(parsed, results);
    await this.#target.pushManifest(bytes, descriptor.mediaType, signal);
    this.manifests++;
    const { mediaType, size } = descriptor;
    this.#options.onEvent?.({ type: 'manifest', digest, mediaType, size });
  }

  /** A large blob of a layout is proved by the registry that it goes to, as what comes from a registry is proved here. */
  #blobFile(blob: Descriptor): ModelFile {
    const isProvedThere = this.#source.host === undefined && this.#target.host !== undefined && blob.size >= LARGE;
    return isProvedThere ? provedThere(this.#source, blob) : blobFile(this.#source, blob);
  }

  /**
   * A source that is a proxy (Harbor's cache) keeps an artifact only when all of it has passed through: a config that the target
   * has already (`{}` is everybody's) is read all the same when layers were.
   */
  async #readConfig(
    { kind, blobs }: ParsedManifest,
    results: readonly PromiseSettledResult<PushedBlob>[],
  ): Promise<void> {
    const sent = results.map((result) => result.status === 'fulfilled' && result.value.how === 'sent');
    const [config] = blobs;
    if (kind === 'index' || config === undefined || sent[0] === true || !sent.includes(true)) return;
    if (this.#source.host === undefined || config.size > SMALL_CONFIG) return;
    try {
      for await (const _ of this.#source.readBlob(config, undefined, this.#transfer.signal));
    } catch (error) {
      // What counts is in the target; a source that has lost it is not asked to complete anything.
      if (!SlipwayError.is(error) || error.code !== 'OCI_NOT_FOUND') throw error;
    }
  }
}

/** A blob of a target as a file: read again at any offset, its digest known. */
export function blobFile(source: Pick<ReadableTarget, 'readBlob'>, blob: Descriptor, path?: string): ModelFile {
  return {
    path: path ?? blob.annotations?.['org.opencontainers.image.title'] ?? blob.digest,
    size: blob.size,
    digest: blob.digest,
    read: (range, signal, hints) => source.readBlob(blob, range, signal, hints),
  };
}

/**
 * A blob whose first reading is not checked, since its receiver does that before it takes it. One that is refused is read again from
 * the start, and that reading says what is wrong with the blob here.
 */
function provedThere(source: Pick<ReadableTarget, 'readBlob'>, blob: Descriptor): ModelFile {
  const file = blobFile(source, blob);
  let isFirst = true;
  return {
    ...file,
    read: (range, signal, hints) => {
      const whole = isFirst ? { start: 0, end: blob.size } : undefined;
      isFirst = false;
      return source.readBlob(blob, range ?? whole, signal, hints);
    },
  };
}

/** The source's repository when both are in one registry. */
function sameRegistry(source: object, target: object): string | undefined {
  const [from, to] = [source, target] as readonly { host?: unknown; repository?: unknown }[];
  if (typeof from?.host !== 'string' || from.host !== to?.host) return undefined;
  return typeof from.repository === 'string' && from.repository !== to.repository ? from.repository : undefined;
}

async function hasManifest(target: Target, digest: Digest, signal: AbortSignal): Promise<boolean> {
  const finder = target as { hasManifest?: (digest: Digest, signal?: AbortSignal) => Promise<boolean> };
  if (finder.hasManifest !== undefined) return finder.hasManifest.call(target, digest, signal);
  return (await findReference(target, digest, signal))?.digest === digest;
}

function platformName({ platform }: Descriptor): string | undefined {
  if (platform === undefined) return undefined;
  const { os, architecture, variant } = platform;
  return variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}
