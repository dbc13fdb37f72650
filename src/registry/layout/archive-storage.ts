import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  abortedError,
  diskError,
  isDigest,
  isGone,
  isMissing,
  openRegular,
  ownMark,
  SlipwayError,
  type ByteRange,
  type Digest,
} from '../../core/index.js';
import { readChunks, TAR_BLOCK, tarHeader, tarPadding, type Digester, type JsonObject } from '../../files/index.js';
import type { Descriptor } from '../descriptor.js';
import { list, parseObject } from '../manifest.js';
import { jsonField } from '../../files/index.js';
import { notAnArchive, readArchiveMap, type ArchiveEntry, type ArchiveMap } from './archive-map.js';
import { writeRewritten } from './archive-rewrite.js';
import { withLock } from './directory-lock.js';
import { editedIndex, INDEX_LIMIT, indexText, LAYOUT, LAYOUT_FILE } from './layout-index.js';
import type { CollectedGarbage, IndexEdit, IndexUpdate, LayoutStorage } from './layout-storage.js';

const INDEX = 'index.json';
/** Blocks that end an archive. */
const END = 2 * TAR_BLOCK;
/** What a file is called that is being written; the mark says by which process. */
const UNFINISHED = /^unfinished-([0-9a-f]+-\d+-\d+)-/;

/**
 * A layout in a tar. It grows at its end and is a whole archive at every moment: room for a file is taken under a name of no
 * meaning, and the header gets the file's own name when all of it is on disk. A list that is no longer the last one is renamed
 * after the new one is there.
 */
export class ArchiveStorage implements LayoutStorage {
  readonly name: string;
  readonly #path: string;
  #known: { readonly state: string; readonly map: ArchiveMap } | undefined;

  constructor(file: string) {
    this.name = `oci-archive:${file}`;
    this.#path = resolve(file);
  }

  async readIndex(): Promise<readonly Descriptor[]> {
    const object = await this.#reading(async (handle, map) => this.#indexObject(handle, map));
    return object === undefined ? [] : list(jsonField(object, 'manifests'), this.#path);
  }

  async updateIndex(edit: IndexEdit, { signal, before }: IndexUpdate = {}): Promise<void> {
    await this.#locked(async (handle) => {
      await before?.();
      const map = await this.#map(handle);
      const edited = editedIndex(await this.#indexObject(handle, map), this.#path, edit);
      if (edited === undefined) return;
      await this.#append(handle, map.end, INDEX, Buffer.from(indexText(edited)));
      for (const old of map.entries) if (old.path === INDEX) await writeHeader(handle, old, `${INDEX}.old`);
      await handle.datasync();
    }, signal);
  }

  async blobSize(digest: Digest): Promise<number | undefined> {
    return (await this.#entry(pathOf(digest)))?.size;
  }

  async holdsSize(size: number): Promise<boolean> {
    const entries = await this.#reading(async (_handle, map) => map.entries);
    return entries?.some((entry) => entry.path.startsWith('blobs/') && entry.size === size) === true;
  }

  blobPlace(digest: Digest): string {
    return `${pathOf(digest)} of ${this.#path}`;
  }

  async *readBlob(digest: Digest, range: ByteRange, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const entry = await this.#entry(pathOf(digest));
    if (entry === undefined) return;
    const end = Math.min(range.end, entry.size);
    try {
      const handle = await openRegular(this.#path);
      try {
        yield* readChunks(handle, { start: entry.start + range.start, end: entry.start + end }, signal);
      } finally {
        await handle.close();
      }
    } catch (error) {
      throw signal?.aborted === true ? abortedError(signal) : diskError(error, this.#path);
    }
  }

  async writeBlob(content: AsyncIterable<Uint8Array>, size: number, digester: Digester): Promise<void> {
    const name = `unfinished-${ownMark()}-${randomUUID().slice(0, 8)}`;
    const place = await this.#locked(async (handle) => this.#reserve(handle, name, size));
    try {
      const handle = await open(this.#path, 'r+');
      try {
        await writeStream(handle, place.start, content, digester);
        await handle.datasync();
        await writeHeader(handle, place, pathOf(await digester.digest()));
        await handle.datasync();
      } finally {
        await handle.close();
      }
    } catch (error) {
      await this.#locked(async (handle) => this.#giveUp(handle, name)).catch(() => {});
      throw diskError(error, this.#path);
    }
  }

  async setAside(digest: Digest): Promise<string | undefined> {
    return this.#locked(async (handle) => {
      const path = pathOf(digest);
      const entry = (await this.#map(handle)).entries.findLast((one) => one.path === path);
      if (entry === undefined) return undefined;
      const aside = `damaged/${digest.slice('sha256:'.length)}`;
      await writeHeader(handle, entry, aside);
      return `${this.#path}:${aside}`;
    });
  }

  /** The archive is written anew without what is of no use: a file in the middle cannot be taken out of a tar. */
  async collect(live: () => Promise<ReadonlySet<string>>, signal?: AbortSignal): Promise<CollectedGarbage> {
    return this.#locked(async (handle) => {
      const wanted = new Set([...(await live())].map((digest) => pathOf(digest as Digest)));
      const { entries } = await this.#map(handle);
      const latest = new Map(entries.map((entry) => [entry.path, entry]));
      const kept = entries.filter(
        (entry) =>
          latest.get(entry.path) === entry &&
          (wanted.has(entry.path) || entry.path === INDEX || entry.path === LAYOUT_FILE),
      );
      const gone = entries.filter((entry) => !kept.includes(entry) && entry.path.startsWith('blobs/'));
      if (kept.length === entries.length) return { blobs: 0, bytes: 0 };
      const temporary = `${this.#path}.${ownMark()}-${randomUUID().slice(0, 8)}.part`;
      try {
        await writeRewritten(handle, kept, temporary, signal);
        await rename(temporary, this.#path);
      } catch (error) {
        await rm(temporary, { force: true });
        throw diskError(error, this.#path);
      }
      return { blobs: gone.length, bytes: gone.reduce((sum, { size }) => sum + size, 0) };
    }, signal);
  }

  /** Room for a file, at the end. What ended processes left there is taken first. */
  async #reserve(handle: FileHandle, name: string, size: number): Promise<ArchiveEntry> {
    const map = await this.#map(handle);
    const end = await this.#withoutLeftovers(handle, map, (mark) => isGone(mark));
    const header = tarHeader({ path: name, size, mode: 0o644, uid: 0, gid: 0 });
    const start = end + header.byteLength;
    // The length first: until the header is there, what follows are zeros, which end an archive.
    await handle.truncate(start + size + tarPadding(size) + END);
    await handle.write(header, 0, header.byteLength, end);
    return { path: name, size, from: end, start };
  }

  /** Takes the room back when nothing came behind it. */
  async #giveUp(handle: FileHandle, name: string): Promise<void> {
    const map = await this.#map(handle);
    await this.#withoutLeftovers(handle, map, (mark, path) => path === name || isGone(mark));
  }

  async #withoutLeftovers(
    handle: FileHandle,
    map: ArchiveMap,
    isLeft: (mark: string, path: string) => boolean,
  ): Promise<number> {
    let { end } = map;
    for (const entry of map.entries.toReversed()) {
      const mark = UNFINISHED.exec(entry.path)?.[1];
      if (mark === undefined || !isLeft(mark, entry.path)) break;
      end = entry.from;
    }
    if (end === map.end) return end;
    await handle.truncate(end);
    await handle.truncate(end + END);
    return end;
  }

  async #append(handle: FileHandle, end: number, path: string, content: Uint8Array): Promise<number> {
    const header = tarHeader({ path, size: content.byteLength, mode: 0o644, uid: 0, gid: 0 });
    const tail = new Uint8Array(tarPadding(content.byteLength) + END);
    // Behind the old end first, so that the old archive ends where it did until all of the new file is there.
    const body = Buffer.concat([content, tail]);
    await handle.write(body, 0, body.byteLength, end + header.byteLength);
    await handle.datasync();
    await handle.write(header, 0, header.byteLength, end);
    await handle.datasync();
    return end + header.byteLength + content.byteLength + tarPadding(content.byteLength);
  }

  async #indexObject(handle: FileHandle, map: ArchiveMap): Promise<JsonObject | undefined> {
    const entry = map.entries.findLast(({ path }) => path === INDEX);
    if (entry === undefined) {
      const isForeign = map.entries.some(({ path }) => path !== LAYOUT_FILE && !UNFINISHED.test(path));
      if (isForeign && !map.entries.some(({ path }) => path === LAYOUT_FILE))
        throw notAnArchive(this.#path, `there is no ${INDEX} in it`);
      return undefined;
    }
    if (entry.size > INDEX_LIMIT) {
      throw new SlipwayError('MANIFEST_INVALID', `'${INDEX}' of '${this.#path}' is too large`, {
        got: `${entry.size} bytes`,
      });
    }
    const bytes = Buffer.alloc(entry.size);
    await handle.read(bytes, 0, entry.size, entry.start);
    return parseObject(bytes, this.#path);
  }

  async #entry(path: string): Promise<ArchiveEntry | undefined> {
    const map = await this.#reading(async (_handle, found) => Promise.resolve(found));
    return map?.entries.findLast((entry) => entry.path === path);
  }

  /** Looks into the archive; `undefined` when there is none yet. */
  async #reading<T>(work: (handle: FileHandle, map: ArchiveMap) => Promise<T>): Promise<T | undefined> {
    let handle: FileHandle;
    try {
      handle = await openRegular(this.#path);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw diskError(error, this.#path);
    }
    try {
      return await work(handle, await this.#map(handle));
    } finally {
      await handle.close();
    }
  }

  async #map(handle: FileHandle): Promise<ArchiveMap> {
    const { size, mtimeNs, ino } = await handle.stat({ bigint: true });
    const state = `${ino} ${size} ${mtimeNs}`;
    if (this.#known?.state === state) return this.#known.map;
    try {
      const map = await readArchiveMap(handle, Number(size), this.#path);
      this.#known = { state, map };
      return map;
    } catch (error) {
      // An archive that grew meanwhile is not cut off: its new header counts on the new size.
      if ((await handle.stat({ bigint: true })).size === size) throw error;
      return this.#map(handle);
    }
  }

  /** Runs `work` with the archive open for writing, while no other writer changes it. A new one is begun as a layout. */
  async #locked<T>(work: (handle: FileHandle) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const folder = dirname(this.#path);
    try {
      await mkdir(folder, { recursive: true });
    } catch (error) {
      throw diskError(error, folder);
    }
    return withLock(
      `${this.#path}.lock`,
      join(folder, '.'),
      async () => {
        const handle = await this.#openOrCreate();
        try {
          this.#known = undefined;
          const map = await this.#map(handle);
          if (!map.entries.some(({ path }) => path === LAYOUT_FILE)) {
            await this.#indexObject(handle, map);
            await this.#append(handle, map.end, LAYOUT_FILE, Buffer.from(LAYOUT));
          }
          this.#known = undefined;
          return await work(handle);
        } finally {
          this.#known = undefined;
          await handle.close();
        }
      },
      signal,
    );
  }

  async #openOrCreate(): Promise<FileHandle> {
    try {
      const found = await stat(this.#path).catch(() => undefined);
      if (found !== undefined && !found.isFile()) throw notAnArchive(this.#path, 'it is not a file');
      return await open(this.#path, found === undefined ? 'wx+' : 'r+', 0o644);
    } catch (error) {
      throw SlipwayError.is(error) ? error : diskError(error, this.#path);
    }
  }
}

function pathOf(digest: Digest): string {
  if (!isDigest(digest)) throw new SlipwayError('USAGE', `'${String(digest).slice(0, 80)}' is not a sha256 digest`);
  return `blobs/sha256/${digest.slice('sha256:'.length)}`;
}

/** Gives a file in an archive its name. Sizes and short names never change how long a header is. */
async function writeHeader(handle: FileHandle, entry: ArchiveEntry, path: string): Promise<void> {
  const header = tarHeader({ path, size: entry.size, mode: 0o644, uid: 0, gid: 0 });
  // Another program's extended headers say more than ours needs; ours goes where the file's own is.
  const at = Math.max(entry.from, entry.start - header.byteLength);
  await handle.write(header, 0, header.byteLength, at);
}

async function writeStream(
  handle: FileHandle,
  start: number,
  content: AsyncIterable<Uint8Array>,
  digester: Digester,
): Promise<void> {
  let at = start;
  for await (const chunk of content) {
    const taken = digester.update(chunk);
    for (let done = 0; done < chunk.byteLength;) {
      const { bytesWritten } = await handle.write(chunk, done, chunk.byteLength - done, at);
      done += bytesWritten;
      at += bytesWritten;
    }
    if (taken !== undefined) await taken;
  }
}
