import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  diskError,
  isDigest,
  isMissing,
  SlipwayError,
  type BlobStore,
  type ByteRange,
  type Digest,
  type ReadHints,
  type StorableFile,
} from '../core/index.js';
import { verified, type Expected } from './digest.js';
import { createDigester, type Digester } from './digester.js';
import { readLocalFile, requireSpace, writeAll, writeLocalFile } from './local-file.js';

/** A blob of a store. */
export interface StoredBlob {
  readonly digest: Digest;
  readonly size: number;
  /** When it was stored. */
  readonly modified: Date;
}

/** A file that was removed from a store. */
export interface PrunedFile {
  /** Path within the store. */
  readonly name: string;
  readonly size: number;
}

/**
 * Content-addressed blobs in a directory: `blobs/sha256/<hex>`, written under a temporary name and renamed when their
 * digest has been checked. Any number of runs may share one.
 */
export class DiskStore implements BlobStore {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Where a blob is, or would be. */
  path(digest: Digest): string {
    return join(this.directory, 'blobs', 'sha256', hexOf(digest));
  }

  async stat(digest: Digest): Promise<number | undefined> {
    try {
      return (await stat(this.path(digest))).size;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw diskError(error, this.directory);
    }
  }

  /** The bytes of a blob. Read whole they are checked: a disk can forget. */
  async *read(digest: Digest, range?: ByteRange, signal?: AbortSignal, hints?: ReadHints): AsyncGenerator<Uint8Array> {
    const path = this.path(digest);
    const size = await this.stat(digest);
    const whole = range === undefined || (range.start === 0 && range.end === size);
    const content = readLocalFile(path, range, signal, whole ? {} : hints);
    yield* whole && size !== undefined ? this.#checked(content, { name: path, size, digest }) : content;
  }

  /** A blob that is spoiled is removed, so that the next run fetches it again. */
  async *#checked(content: AsyncIterable<Uint8Array>, expected: Expected): AsyncGenerator<Uint8Array> {
    try {
      yield* verified(content, expected);
    } catch (error) {
      if (SlipwayError.is(error) && error.code === 'DIGEST_MISMATCH') await rm(expected.name, { force: true });
      throw error;
    }
  }

  async write(
    content: AsyncIterable<Uint8Array>,
    expected?: Digest,
    signal?: AbortSignal,
  ): Promise<{ digest: Digest; size: number }> {
    await this.#makeFolders();
    const temporary = join(this.directory, 'partial', `w-${randomBytes(8).toString('hex')}`);
    const digester = createDigester(0);
    try {
      await writeAll(temporary, content, digester, 0, signal);
      const digest = await digester.digest();
      if (expected !== undefined && digest !== expected) throw mismatch(temporary, expected, digest, digester.size);
      await rename(temporary, this.path(digest));
      return { digest, size: digester.size };
    } catch (error) {
      await rm(temporary, { force: true });
      throw diskError(error, this.directory);
    } finally {
      digester.close();
    }
  }

  /**
   * Brings a file whose digest is known into the store. An interrupted transfer is kept and goes on where it stopped;
   * the digest is checked over the whole. `onBytes` gets the number of bytes present so far.
   */
  async ensure(file: StorableFile, signal?: AbortSignal, onBytes?: (done: number) => void): Promise<void> {
    if ((await this.stat(file.digest)) === file.size) return;
    await this.#makeFolders();
    await requireSpace(this.directory, file.size);
    const partial = join(this.directory, 'partial', hexOf(file.digest));
    const digester = createDigester(file.size);
    let actual: Digest;
    try {
      await hashExisting(partial, file.size, digester, signal);
      onBytes?.(digester.size);
      const rest = counted(file.read({ start: digester.size, end: file.size }, signal), digester.size, onBytes);
      await writeAll(partial, rest, digester, file.size, signal);
      actual = await digester.digest();
    } catch (error) {
      throw diskError(error, this.directory);
    } finally {
      digester.close();
    }
    if (actual !== file.digest) {
      // A wrong part would spoil every further try.
      await rm(partial, { force: true });
      throw mismatch(file.path, file.digest, actual, digester.size);
    }
    await rename(partial, this.path(file.digest));
  }

  /** Blobs in the store, with their sizes and the time of their last change. */
  async list(): Promise<StoredBlob[]> {
    const folder = join(this.directory, 'blobs', 'sha256');
    const blobs: StoredBlob[] = [];
    for (const name of await namesIn(folder)) {
      const digest = `sha256:${name}`;
      if (!isDigest(digest)) continue;
      const facts = await stat(join(folder, name));
      blobs.push({ digest, size: facts.size, modified: facts.mtime });
    }
    return blobs;
  }

  /**
   * Removes blobs, what interrupted transfers left, and records. Reading a blob does not change its age; storing it does.
   * Returns what was removed, or would be.
   */
  async prune(options: { readonly olderThanMs: number; readonly dryRun?: boolean }): Promise<PrunedFile[]> {
    const newest = Date.now() - options.olderThanMs;
    const removed: PrunedFile[] = [];
    for (const folder of [join('blobs', 'sha256'), 'partial', 'records']) {
      for (const name of await namesIn(join(this.directory, folder))) {
        const path = join(this.directory, folder, name);
        const facts = await stat(path).catch(() => undefined);
        if (facts === undefined || !facts.isFile() || facts.mtimeMs > newest) continue;
        if (options.dryRun !== true) await rm(path, { force: true });
        removed.push({ name: join(folder, name), size: facts.size });
      }
    }
    return removed;
  }

  /** A record by its key, or `undefined`. */
  async readRecord(key: Digest): Promise<string | undefined> {
    try {
      return await readFile(this.#recordPath(key), 'utf8');
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw diskError(error, this.directory);
    }
  }

  /** Keeps a small text under a key, replacing what was there. */
  async writeRecord(key: Digest, text: string): Promise<void> {
    const path = this.#recordPath(key);
    try {
      await mkdir(join(this.directory, 'records'), { recursive: true });
    } catch (error) {
      throw diskError(error, this.directory);
    }
    await writeLocalFile(path, one(new TextEncoder().encode(text)));
  }

  #recordPath(key: Digest): string {
    return join(this.directory, 'records', `${hexOf(key)}.json`);
  }

  async remove(digest: Digest): Promise<void> {
    await rm(this.path(digest), { force: true });
  }

  async #makeFolders(): Promise<void> {
    try {
      await mkdir(join(this.directory, 'blobs', 'sha256'), { recursive: true });
      await mkdir(join(this.directory, 'partial'), { recursive: true });
    } catch (error) {
      throw diskError(error, this.directory);
    }
  }
}

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw diskError(error, folder);
  });
  return names.toSorted();
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Feeds what an interrupted transfer left to the digester; more than the whole file is useless and is dropped. */
async function hashExisting(path: string, limit: number, digester: Digester, signal?: AbortSignal): Promise<void> {
  const existing = await stat(path).catch(() => undefined);
  if (existing === undefined || existing.size === 0) return;
  if (existing.size > limit) {
    await rm(path);
    return;
  }
  for await (const chunk of readLocalFile(path, undefined, signal)) await digester.update(chunk);
}

async function* counted(
  content: AsyncIterable<Uint8Array>,
  start: number,
  onBytes: ((done: number) => void) | undefined,
): AsyncGenerator<Uint8Array> {
  let done = start;
  for await (const chunk of content) {
    yield chunk;
    done += chunk.byteLength;
    onBytes?.(done);
  }
}

function hexOf(digest: Digest): string {
  if (!isDigest(digest)) throw new SlipwayError('DIGEST_MISMATCH', `'${String(digest)}' is not a sha256 digest`);
  return digest.slice('sha256:'.length);
}

function mismatch(name: string, expected: Digest, actual: Digest, size: number): SlipwayError {
  return new SlipwayError('DIGEST_MISMATCH', `'${name}' is not what was announced`, {
    where: name,
    got: `${actual} after ${size} bytes, expected ${expected}`,
    context: { expected, actual, size },
    try: 'run again; if it repeats, a mirror or proxy on the way serves other bytes',
  });
}
