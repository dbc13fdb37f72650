import { randomBytes } from 'node:crypto';
import { lstat, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import {
  countText,
  diskError,
  isDigest,
  isMissing,
  openRegular,
  SlipwayError,
  type BlobStore,
  type ByteRange,
  type Digest,
  type ReadHints,
  type StorableFile,
} from '../core/index.js';
import { checkedChunks, type Damage } from './checked-chunks.js';
import { LeafHash } from './chunk-tree.js';
import { createDigester } from './digester.js';
import { checkedRange } from './in-memory.js';
import { requireSpace, writeAll } from './local-file.js';
import { claimPartial, type ClaimedPartial } from './partial-files.js';
import { makePrivateFolders } from './private-folder.js';
import { hexOf, namesIn, StoreRecords } from './store-records.js';
import { counted, hashExisting, leafHashed } from './store-transfer.js';
import { StoreTrees } from './store-trees.js';

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

/** A blob that was not what its name says. */
export interface DamagedBlob {
  readonly digest: Digest;
  readonly size: number;
  /** Where it was put. */
  readonly setAside: string;
}

/** What {@link DiskStore.verify} found. */
export interface StoreVerification {
  readonly blobs: number;
  readonly bytes: number;
  readonly damaged: readonly DamagedBlob[];
  /** Records that were not what was written; they are removed. */
  readonly records: number;
}

/** Transfers of one blob that other processes may take away before it is given up. */
const MOST_TAKEOVERS = 5;

/**
 * Content-addressed blobs in a directory: `blobs/sha256/<hex>`, written under a temporary name and renamed when their
 * digest has been checked, each with the digests of its pieces in `trees/`, so that every reading is checked. Any number of
 * runs may share one. Only its owner may read it.
 */
export class DiskStore implements BlobStore {
  readonly directory: string;
  readonly #trees: StoreTrees;
  readonly #records: StoreRecords;

  constructor(directory: string) {
    this.directory = directory;
    this.#trees = new StoreTrees(join(directory, 'trees', 'sha256'));
    this.#records = new StoreRecords(directory);
  }

  /** Where a blob is, or would be. */
  path(digest: Digest): string {
    return join(this.directory, 'blobs', 'sha256', hexOf(digest));
  }

  /** Size of a blob; a link, a directory or a device in its place is none. */
  async stat(digest: Digest): Promise<number | undefined> {
    try {
      const facts = await lstat(this.path(digest));
      return facts.isFile() ? facts.size : undefined;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw diskError(error, this.directory);
    }
  }

  /**
   * The bytes of a blob, each checked before it is handed out, whole readings and parts alike. A blob that has changed on
   * the disk is set aside, so that it is fetched again. Throws `DIGEST_MISMATCH` with `setAside` in its context.
   */
  async *read(digest: Digest, range?: ByteRange, signal?: AbortSignal, hints?: ReadHints): AsyncGenerator<Uint8Array> {
    const path = this.path(digest);
    const handle = await openRegular(path, { noLink: true });
    try {
      const { size } = await handle.stat();
      const part = checkedRange(path, size, range);
      const tree = await this.#trees.of(digest, handle, size, signal);
      if (tree === undefined) throw await this.#damaged(digest, handle, part);
      yield* checkedChunks(handle, tree, part, (damage) => this.#damaged(digest, handle, damage), { signal, hints });
    } catch (error) {
      throw diskError(error, path);
    } finally {
      await handle.close();
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
    const leaves = new LeafHash();
    try {
      await writeAll(temporary, leafHashed(content, leaves), digester, 0, { signal, mode: 0o600 });
      const digest = await digester.digest();
      if (expected !== undefined && digest !== expected) throw mismatch(temporary, expected, digest, digester.size);
      await this.#trees.keep(digest, leaves.tree());
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
   * the digest is checked over the whole. `onBytes` gets the number of bytes present so far. Two processes that want the
   * same file write to files of their own: the first that is complete counts.
   */
  async ensure(file: StorableFile, signal?: AbortSignal, onBytes?: (done: number) => void): Promise<void> {
    for (let takeovers = 0; (await this.stat(file.digest)) !== file.size; takeovers++) {
      if (takeovers > MOST_TAKEOVERS) throw takenAway(file, this.directory);
      await this.#makeFolders();
      await requireSpace(this.directory, file.size);
      await this.#fetch(file, await claimPartial(join(this.directory, 'partial'), hexOf(file.digest)), signal, onBytes);
    }
  }

  async #fetch(
    file: StorableFile,
    partial: ClaimedPartial,
    signal: AbortSignal | undefined,
    onBytes: ((done: number) => void) | undefined,
  ): Promise<void> {
    const digester = createDigester(file.size);
    const leaves = new LeafHash();
    let actual: Digest;
    try {
      await hashExisting(partial.path, file.size, { digester, leaves }, signal);
      onBytes?.(digester.size);
      const rest = counted(file.read({ start: digester.size, end: file.size }, signal), digester.size, onBytes);
      await writeAll(partial.path, leafHashed(rest, leaves), digester, file.size, { signal, mode: 0o600 });
      actual = await digester.digest();
    } catch (error) {
      await partial.release();
      throw diskError(error, this.directory);
    } finally {
      digester.close();
    }
    if (actual !== file.digest) {
      // A wrong part would spoil every further try.
      await partial.discard();
      throw mismatch(file.path, file.digest, actual, digester.size);
    }
    await this.#trees.keep(file.digest, leaves.tree());
    await partial.complete(this.path(file.digest));
  }

  /** Reads everything again: blobs that are not what their names say are set aside, such records removed. */
  async verify(signal?: AbortSignal, onBlob?: (blob: StoredBlob) => void): Promise<StoreVerification> {
    const damaged: DamagedBlob[] = [];
    const blobs = await this.list();
    for (const blob of blobs) {
      onBlob?.(blob);
      const setAside = await this.#verifyBlob(blob, signal);
      if (setAside !== undefined) damaged.push({ digest: blob.digest, size: blob.size, setAside });
    }
    const bytes = blobs.reduce((sum, { size }) => sum + size, 0);
    return { blobs: blobs.length, bytes, damaged, records: await this.#records.removeDamaged() };
  }

  async #verifyBlob({ digest, size }: StoredBlob, signal: AbortSignal | undefined): Promise<string | undefined> {
    const handle = await openRegular(this.path(digest), { noLink: true });
    try {
      if ((await this.#trees.make(digest, handle, size, signal)) !== undefined) return undefined;
      return await this.#setAside(digest, handle);
    } finally {
      await handle.close();
    }
  }

  async #damaged(digest: Digest, handle: FileHandle, { start, end, missing = false }: Damage): Promise<SlipwayError> {
    const setAside = await this.#setAside(digest, handle);
    return new SlipwayError('DIGEST_MISMATCH', `a stored blob has changed on the disk: ${digest}`, {
      where: this.path(digest),
      got: missing ? `it ends before byte ${end}` : `bytes ${start} to ${end} are not those that were stored`,
      kept: `the changed file, as ${setAside}`,
      try: ['run again: it is fetched anew', 'pipeline cache verify   (checks everything that is stored)'],
      context: { digest, start, end, setAside },
    });
  }

  /** Moves the file that was read out of the way, for a person to look at. */
  async #setAside(digest: Digest, handle: FileHandle): Promise<string> {
    const aside = join(this.directory, 'damaged', `${hexOf(digest)}-${randomBytes(4).toString('hex')}`);
    try {
      await makePrivateFolders(this.directory, ['damaged']);
      const [opened, there] = await Promise.all([handle.stat(), lstat(this.path(digest))]);
      // Another reader may have been faster: then a new blob may stand there.
      if (opened.ino !== there.ino || opened.dev !== there.dev) return aside;
      await this.#trees.forget(digest);
      await rename(this.path(digest), aside);
    } catch (error) {
      if (!isMissing(error)) throw diskError(error, aside);
    }
    return aside;
  }

  /** Blobs in the store, with their sizes and the time of their last change. */
  async list(): Promise<StoredBlob[]> {
    const folder = join(this.directory, 'blobs', 'sha256');
    const blobs: StoredBlob[] = [];
    for (const name of await namesIn(folder)) {
      const digest = `sha256:${name}`;
      if (!isDigest(digest)) continue;
      const facts = await lstat(join(folder, name)).catch(() => undefined);
      if (facts?.isFile() !== true) continue;
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
    for (const folder of [join('blobs', 'sha256'), join('trees', 'sha256'), 'partial', 'records', 'damaged']) {
      for (const name of await namesIn(join(this.directory, folder))) {
        const path = join(this.directory, folder, name);
        const facts = await lstat(path).catch(() => undefined);
        if (facts === undefined || !facts.isFile() || facts.mtimeMs > newest) continue;
        if (options.dryRun !== true) await rm(path, { force: true });
        removed.push({ name: join(folder, name), size: facts.size });
      }
    }
    return removed;
  }

  /** A record by its key, or `undefined`: also for one that is not what was written. */
  async readRecord(key: Digest): Promise<string | undefined> {
    return this.#records.read(key);
  }

  /** Keeps a small text under a key, replacing what was there. */
  async writeRecord(key: Digest, text: string): Promise<void> {
    await this.#records.write(key, text);
  }

  async remove(digest: Digest): Promise<void> {
    await rm(this.path(digest), { force: true });
    await this.#trees.forget(digest);
  }

  async #makeFolders(): Promise<void> {
    await makePrivateFolders(this.directory, ['blobs/sha256', 'trees/sha256', 'partial']);
  }
}

function mismatch(name: string, expected: Digest, actual: Digest, size: number): SlipwayError {
  return new SlipwayError('DIGEST_MISMATCH', `'${name}' is not what was announced`, {
    where: name,
    got: `${actual} after ${countText(size, 'byte')}, expected ${expected}`,
    context: { expected, actual, size },
    try: 'run again; if it repeats, a mirror or proxy on the way serves other bytes',
  });
}

function takenAway(file: StorableFile, directory: string): SlipwayError {
  return new SlipwayError('TARGET_EXISTS', `'${file.path}' could not be stored: other processes keep taking it away`, {
    where: directory,
    got: `${MOST_TAKEOVERS} transfers were taken over as left behind`,
    try: 'run again; if it repeats, give this process a store of its own with PIPELINE_HOME',
    retryable: true,
  });
}
