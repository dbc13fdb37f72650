import { randomUUID } from 'node:crypto';
import { lstat, mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  abortedError,
  diskError,
  isDigest,
  isGone,
  isMissing,
  openRegular,
  SlipwayError,
  throwIfAborted,
  type ByteRange,
  type Digest,
} from '../../core/index.js';
import { checkedRange, createDigester, memoryFile, readChunks, verified, type ModelFile } from '../../files/index.js';
import { MEDIA_TYPES, type Descriptor } from '../descriptor.js';
import { describe, MANIFEST_LIMIT, parseManifest, type ParsedManifest } from '../manifest.js';
import { isTag } from '../reference.js';
import { manifestWithDigest } from '../remote/manifests.js';
import type { DeletableTarget, PartialListing, PushBlobOptions, PushedBlob, StoredManifest } from '../target.js';
import { STAGING, writeDurably } from './durable-file.js';
import { LayoutIndex, tagOf, withManifest, withTag } from './layout-index.js';

/** What a blob that is not what it should be is told by. */
const DAMAGED: ReadonlySet<string> = new Set(['DIGEST_MISMATCH', 'SIZE_MISMATCH', 'OCI_NOT_FOUND', 'NOT_FOUND']);
/** A file that was not written to for a day is no running transfer's. */
const LEFTOVER_MS = 24 * 3_600_000;

/** What {@link LayoutTarget.collectGarbage} removed. */
export interface CollectedGarbage {
  readonly blobs: number;
  readonly bytes: number;
}

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
 * An OCI image layout directory (image-spec v1.1, image-layout.md). Safe against crashes and other writers: files get
 * their final names only when they are complete and on disk, and `index.json` is merged under a lock.
 */
export class LayoutTarget implements DeletableTarget {
  /** A layout is in no registry. */
  readonly host: undefined = undefined;
  readonly name: string;
  readonly #root: string;
  readonly #index: LayoutIndex;

  constructor(directory: string) {
    this.name = `layout:${directory}`;
    this.#root = resolve(directory);
    this.#index = new LayoutIndex(this.#root);
  }

  async resolve(reference: string, signal?: AbortSignal): Promise<Descriptor> {
    throwIfAborted(signal);
    if (isDigest(reference)) return (await this.#load(reference)).descriptor;
    const found = (await this.#index.read()).find((one) => tagOf(one) === reference);
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
    const listed = (await this.#index.read()).some((one) => one.digest === digest);
    return listed && this.#isWhole(digest, signal);
  }

  async #isWhole(digest: Digest, signal: AbortSignal | undefined): Promise<boolean> {
    const size = await sizeOf(this.#blobPath(digest));
    if (size === undefined || !(await this.#isSound({ digest, size }, signal))) return false;
    const { parsed } = await this.#load(digest);
    for (const blob of parsed.blobs) if (!(await this.#isSound(blob, signal))) return false;
    for (const child of parsed.manifests) if (!(await this.#isWhole(child.digest, signal))) return false;
    return true;
  }

  /** Whether a blob is there and is what its name says. */
  async #isSound({ digest, size }: Pick<Descriptor, 'digest' | 'size'>, signal?: AbortSignal): Promise<boolean> {
    if ((await sizeOf(this.#blobPath(digest))) !== size) return false;
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
  ): AsyncGenerator<Uint8Array> {
    const path = this.#blobPath(blob.digest);
    const { start, end } = checkedRange(blob.digest, blob.size, range);
    if ((await sizeOf(path)) === undefined) throw notFound(`${this.name}@${blob.digest}`);
    const whole = start === 0 && end === blob.size;
    // One byte more than announced is asked for, so that a file that has grown is noticed.
    const last = whole ? end + 1 : end;
    const bytes = end > start || whole ? fileBytes(path, { start, end: last }, signal) : nothing();
    yield* verified(bytes, { name: path, size: end - start, ...(range === undefined && { digest: blob.digest }) });
  }

  async tags(signal?: AbortSignal): Promise<readonly string[]> {
    throwIfAborted(signal);
    return (await this.#index.read())
      .map(tagOf)
      .filter((tag) => tag !== undefined)
      .sort();
  }

  async referrers(digest: Digest, artifactType?: string, signal?: AbortSignal): Promise<readonly Descriptor[]> {
    const found: Descriptor[] = [];
    for (const entry of await this.#index.read()) {
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
    return (await sizeOf(this.#blobPath(digest))) !== undefined;
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
      await writeDurably(this.#root, content, async () => this.#blobPath(await digester.digest()), { size, digester });
      return { digest: await digester.digest(), size, how: 'sent' };
    } catch (error) {
      throw options.signal?.aborted ? abortedError(options.signal) : error;
    } finally {
      digester.close();
    }
  }

  async pushManifest(bytes: Uint8Array, mediaType: string, signal?: AbortSignal): Promise<Descriptor> {
    const { descriptor } = manifestWithDigest(bytes, mediaType);
    const parsed = parseManifest(bytes, descriptor.digest, mediaType);
    await this.pushBlob(memoryFile(descriptor.digest, bytes), signal === undefined ? {} : { signal });
    const children = parsed.manifests.map((one) => one.digest);
    // Under the lock, which a collection of garbage holds as well.
    const before = async (): Promise<void> => {
      for (const child of [descriptor, ...parsed.blobs, ...parsed.manifests]) {
        if ((await sizeOf(this.#blobPath(child.digest))) !== child.size)
          throw incomplete(descriptor.digest, child.digest);
      }
    };
    await this.#index.update((manifests) => withManifest(manifests, descriptor, children), { signal, before });
    return descriptor;
  }

  async tag(descriptor: Descriptor, tag: string, signal?: AbortSignal): Promise<void> {
    if (!isTag(tag)) throw new SlipwayError('USAGE', `'${tag.slice(0, 140)}' is not a tag`);
    const before = async (): Promise<void> => {
      if (!(await this.hasBlob(descriptor.digest, signal))) throw notFound(`${this.name}@${descriptor.digest}`);
    };
    await this.#index.update((manifests) => withTag(manifests, descriptor, tag), { signal, before });
  }

  /** Removes a tag, or every entry of a digest. The bytes go with the next {@link LayoutTarget.collectGarbage}. */
  async deleteManifest(reference: string, signal?: AbortSignal): Promise<void> {
    const matches = (one: Descriptor): boolean => tagOf(one) === reference || one.digest === reference;
    if (!(await this.#index.read()).some(matches)) throw notFound(`${this.name}:${reference}`, this.name);
    await this.#index.update((manifests) => manifests.filter((one) => !matches(one)), { signal });
  }

  /**
   * Removes blobs that nothing in `index.json` leads to, and what killed writers left. A referrer stays as long as its
   * subject. Not while another process pushes: what it has not tagged yet would look like garbage.
   */
  async collectGarbage(signal?: AbortSignal): Promise<CollectedGarbage> {
    const collected = await this.#index.locked(async () => this.#collect(signal), signal);
    await removeLeftovers(join(this.#root, STAGING));
    return collected;
  }

  async #collect(signal: AbortSignal | undefined): Promise<CollectedGarbage> {
    const live = await this.#reachable(signal);
    const directory = join(this.#root, 'blobs', 'sha256');
    let [blobs, bytes] = [0, 0];
    for (const name of await readdir(directory).catch(() => [])) {
      throwIfAborted(signal);
      if (live.has(`sha256:${name}`)) continue;
      bytes += (await sizeOf(join(directory, name))) ?? 0;
      blobs++;
      await rm(join(directory, name), { force: true });
    }
    return { blobs, bytes };
  }

  /** Reads everything that `index.json` leads to. A blob that is not what its name says is set aside beside the layout's blobs. */
  async verify(signal?: AbortSignal): Promise<LayoutVerification> {
    const damaged: { digest: Digest; setAside: string | undefined }[] = [];
    let [blobs, bytes] = [0, 0];
    const pending: CheckedBlob[] = (await this.#index.read()).map((blob) => ({ blob, isManifest: true }));
    const seen = new Set<Digest>();
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { blob, isManifest } = next;
      if (seen.has(blob.digest)) continue;
      seen.add(blob.digest);
      blobs++;
      bytes += blob.size;
      if (!(await this.#isSound(blob, signal))) {
        damaged.push({ digest: blob.digest, setAside: await this.#setAside(blob.digest) });
      } else if (isManifest) {
        const { parsed } = await this.#load(blob.digest);
        pending.push(...parsed.blobs.map((one) => ({ blob: one, isManifest: false })));
        pending.push(...parsed.manifests.map((one) => ({ blob: one, isManifest: true })));
      }
    }
    return { blobs, bytes, damaged };
  }

  /** Moves a blob out of the way; `undefined` when it was not there. */
  async #setAside(digest: Digest): Promise<string | undefined> {
    const aside = join(this.#root, 'damaged', `${digest.slice('sha256:'.length)}-${randomUUID()}`);
    try {
      await mkdir(dirname(aside), { recursive: true });
      await rename(this.#blobPath(digest), aside);
      return aside;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw diskError(error, aside);
    }
  }

  async #reachable(signal: AbortSignal | undefined): Promise<ReadonlySet<string>> {
    const live = new Set<string>();
    const pending = (await this.#index.read()).map((one) => one.digest);
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
    const size = await sizeOf(this.#blobPath(digest));
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

  #blobPath(digest: Digest): string {
    if (!isDigest(digest)) throw new SlipwayError('USAGE', `'${String(digest).slice(0, 80)}' is not a sha256 digest`);
    return join(this.#root, 'blobs', 'sha256', digest.slice('sha256:'.length));
  }
}

/** Opens an image layout; it is created with the first push. */
export function openLayout(directory: string): LayoutTarget {
  return new LayoutTarget(directory);
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

async function* fileBytes(path: string, range: ByteRange, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  try {
    const handle = await openRegular(path, { noLink: true });
    try {
      yield* readChunks(handle, range, signal);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw signal?.aborted === true ? abortedError(signal) : diskError(error, path);
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** A link in a blob's place is none: it could lead anywhere. */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const found = await lstat(path);
    return found.isFile() ? found.size : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ENOTDIR')
      return undefined;
    throw diskError(error, path);
  }
}

/** What ended processes left, and the directory itself when nothing else is in it. */
async function removeLeftovers(staging: string): Promise<void> {
  for (const name of await readdir(staging).catch(() => [])) {
    const path = join(staging, name);
    const mark = /([0-9a-f]{12}-\d+-\d+)-/.exec(name)?.[1];
    const age = Date.now() - ((await lstat(path).catch(() => undefined))?.mtimeMs ?? 0);
    if (mark === undefined || isGone(mark) || age > LEFTOVER_MS) await rm(path, { recursive: true, force: true });
  }
  await rmdir(staging).catch(() => {});
}

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
