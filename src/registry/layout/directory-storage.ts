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
  type ReadHints,
} from '../../core/index.js';
import { readChunks, type Digester } from '../../files/index.js';
import type { Descriptor } from '../descriptor.js';
import { STAGING, writeDurably } from './durable-file.js';
import { LayoutIndex } from './layout-index.js';
import type { CollectedGarbage, IndexEdit, IndexUpdate, LayoutStorage } from './layout-storage.js';

/** A file that was not written to for a day is no running transfer's. */
const LEFTOVER_MS = 24 * 3_600_000;

/** A layout in a directory. Files get their final names only when they are complete and on disk. */
export class DirectoryStorage implements LayoutStorage {
  readonly name: string;
  readonly #root: string;
  readonly #index: LayoutIndex;

  constructor(directory: string) {
    this.name = `layout:${directory}`;
    this.#root = resolve(directory);
    this.#index = new LayoutIndex(this.#root);
  }

  async readIndex(): Promise<readonly Descriptor[]> {
    return this.#index.read();
  }

  async updateIndex(edit: IndexEdit, update?: IndexUpdate): Promise<void> {
    await this.#index.update(edit, update);
  }

  async blobSize(digest: Digest): Promise<number | undefined> {
    return sizeOf(this.#blobPath(digest));
  }

  async holdsSize(size: number): Promise<boolean> {
    const directory = join(this.#root, 'blobs', 'sha256');
    for (const name of await readdir(directory).catch(() => [])) {
      if ((await sizeOf(join(directory, name))) === size) return true;
    }
    return false;
  }

  blobPlace(digest: Digest): string {
    return this.#blobPath(digest);
  }

  readBlob(digest: Digest, range: ByteRange, signal?: AbortSignal, hints?: ReadHints): AsyncIterable<Uint8Array> {
    return fileBytes(this.#blobPath(digest), range, signal, hints);
  }

  async writeBlob(content: AsyncIterable<Uint8Array>, size: number, digester: Digester): Promise<void> {
    const path = async (): Promise<string> => this.#blobPath(await digester.digest());
    await writeDurably(this.#root, content, path, { size, digester });
  }

  async setAside(digest: Digest): Promise<string | undefined> {
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

  async collect(live: () => Promise<ReadonlySet<string>>, signal?: AbortSignal): Promise<CollectedGarbage> {
    const collected = await this.#index.locked(async () => this.#remove(await live(), signal), signal);
    await removeLeftovers(join(this.#root, STAGING));
    return collected;
  }

  async #remove(live: ReadonlySet<string>, signal: AbortSignal | undefined): Promise<CollectedGarbage> {
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

  #blobPath(digest: Digest): string {
    if (!isDigest(digest)) throw new SlipwayError('USAGE', `'${String(digest).slice(0, 80)}' is not a sha256 digest`);
    return join(this.#root, 'blobs', 'sha256', digest.slice('sha256:'.length));
  }
}

async function* fileBytes(
  path: string,
  range: ByteRange,
  signal: AbortSignal | undefined,
  hints: ReadHints | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    const handle = await openRegular(path, { noLink: true });
    try {
      yield* readChunks(handle, range, signal, hints);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw signal?.aborted === true ? abortedError(signal) : diskError(error, path);
  }
}

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
