import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, statfs, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import {
  isDigest,
  SlipwayError,
  throwIfAborted,
  type BlobStore,
  type ByteRange,
  type Digest,
  type StorableFile,
} from '../core/index.js';
import { Digester, verified } from './digest.js';
import { checkedRange } from './in-memory.js';
import type { ModelFile } from './model-file.js';

/** Bytes that a file system keeps for itself: a disk filled to the last byte breaks everybody else. */
const DISK_RESERVE = 64 * 1024 * 1024;

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

  async *read(digest: Digest, range?: ByteRange, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    yield* readLocalFile(this.path(digest), range, signal);
  }

  async write(
    content: AsyncIterable<Uint8Array>,
    expected?: Digest,
    signal?: AbortSignal,
  ): Promise<{ digest: Digest; size: number }> {
    await this.#makeFolders();
    const temporary = join(this.directory, 'partial', `w-${randomBytes(8).toString('hex')}`);
    const digester = new Digester();
    try {
      await writeAll(temporary, content, 0, digester, signal);
      const digest = digester.digest();
      if (expected !== undefined && digest !== expected) throw mismatch(temporary, expected, digest, digester.size);
      await rename(temporary, this.path(digest));
      return { digest, size: digester.size };
    } catch (error) {
      await rm(temporary, { force: true });
      throw diskError(error, this.directory);
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
    const digester = new Digester();
    try {
      await hashExisting(partial, file.size, digester, signal);
      onBytes?.(digester.size);
      const rest = counted(file.read({ start: digester.size, end: file.size }, signal), digester.size, onBytes);
      await writeAll(partial, rest, digester.size, digester, signal);
    } catch (error) {
      throw diskError(error, this.directory);
    }
    const actual = digester.digest();
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

/** Reads a local file, checking that the range lies in it. */
export async function* readLocalFile(
  path: string,
  range?: ByteRange,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  throwIfAborted(signal);
  try {
    const { start, end } = range ?? { start: 0, end: (await stat(path)).size };
    if (end <= start) return;
    const content = createReadStream(path, {
      start,
      end: end - 1,
      highWaterMark: 1024 * 1024,
      ...(signal === undefined ? {} : { signal }),
    });
    yield* verified(content as AsyncIterable<Uint8Array>, { name: path, size: end - start });
  } catch (error) {
    throwIfAborted(signal);
    throw diskError(error, path);
  }
}

/** A file of the local disk. Its size is taken now; a file that changes later fails when read. */
export async function localFile(path: string, absolutePath: string): Promise<ModelFile> {
  const { size } = await stat(absolutePath).catch((error: unknown) => {
    throw diskError(error, absolutePath);
  });
  return {
    path,
    size,
    read: (range, signal) => readLocalFile(absolutePath, checkedRange(path, size, range), signal),
  };
}

/** Throws `DISK_SPACE` unless `bytes` more fit into the file system of an existing directory. */
export async function requireSpace(directory: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  if (free - DISK_RESERVE >= bytes) return;
  throw new SlipwayError('DISK_SPACE', `not enough space in '${directory}'`, {
    where: directory,
    got: `${bytes} bytes needed, ${Math.max(0, free - DISK_RESERVE)} free`,
    context: { needed: bytes, free },
    try: ['free some space, or choose another place with PIPELINE_HOME', "stream without the disk: store: 'none'"],
  });
}

/** A file written completely, under a temporary name beside its final one. */
export interface StagedFile {
  readonly path: string;
  readonly digest: Digest;
  readonly size: number;
  /** Gives the file its final name, replacing what was there. */
  commit(): Promise<void>;
  discard(): Promise<void>;
}

/** Writes a stream beside `path`: nobody sees half a file, or an unconfirmed one, under the final name. */
export async function stageLocalFile(
  path: string,
  content: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<StagedFile> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.part`;
  const digester = new Digester();
  try {
    await writeAll(temporary, content, 0, digester, signal);
  } catch (error) {
    await rm(temporary, { force: true });
    throw diskError(error, path);
  }
  return {
    path,
    digest: digester.digest(),
    size: digester.size,
    commit: () => rename(temporary, path),
    discard: () => rm(temporary, { force: true }),
  };
}

/** Writes a stream to `path` under a temporary name beside it, then renames. */
export async function writeLocalFile(
  path: string,
  content: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<Digest> {
  const staged = await stageLocalFile(path, content, signal);
  await staged.commit();
  return staged.digest;
}

async function writeAll(
  path: string,
  content: AsyncIterable<Uint8Array>,
  offset: number,
  digester: Digester,
  signal: AbortSignal | undefined,
): Promise<void> {
  const handle = await open(path, offset === 0 ? 'w' : 'a', 0o644);
  try {
    for await (const chunk of content) {
      throwIfAborted(signal);
      await writeChunk(handle, chunk);
      digester.update(chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeChunk(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  let written = 0;
  while (written < chunk.byteLength) {
    written += (await handle.write(chunk, written)).bytesWritten;
  }
}

/** Feeds what an interrupted transfer left to the digester; more than the whole file is useless and is dropped. */
async function hashExisting(path: string, limit: number, digester: Digester, signal?: AbortSignal): Promise<void> {
  const existing = await stat(path).catch(() => undefined);
  if (existing === undefined || existing.size === 0) return;
  if (existing.size > limit) {
    await rm(path);
    return;
  }
  for await (const chunk of readLocalFile(path, undefined, signal)) digester.update(chunk);
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

function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}

function codeOf(error: unknown): string | undefined {
  const code: unknown = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

const DISK_ERRORS = {
  ENOSPC: ['DISK_SPACE', 'no space left on the device'],
  EDQUOT: ['DISK_SPACE', 'the disk quota is used up'],
  EACCES: ['DISK_PERMISSION', 'permission denied'],
  EPERM: ['DISK_PERMISSION', 'operation not permitted'],
  EROFS: ['DISK_PERMISSION', 'the file system is read-only'],
  ENOENT: ['NOT_FOUND', 'there is no such file or directory'],
  ENOTDIR: ['NOT_FOUND', 'a part of the path is not a directory'],
  EISDIR: ['NOT_FOUND', 'it is a directory'],
} as const;

/** Says what the operating system's error means for a person; other errors pass unchanged. */
export function diskError(error: unknown, where: string): unknown {
  const code = codeOf(error);
  const known =
    code !== undefined && Object.hasOwn(DISK_ERRORS, code) ? DISK_ERRORS[code as keyof typeof DISK_ERRORS] : undefined;
  if (known === undefined || SlipwayError.is(error)) return error;
  return new SlipwayError(known[0], `${known[1]}: '${where}'`, { where, cause: error });
}
