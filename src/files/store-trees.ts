import { lstat, rename, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readRegular, type Digest } from '../core/index.js';
import { decodeTree, encodeTree, LeafHash, leafCount, type ChunkTree } from './chunk-tree.js';
import { createDigester } from './digester.js';
import { isOwn } from './partial-files.js';
import { readChunks } from './read-chunks.js';

/** A tree's file beyond its leaves: its first line and its digest. */
const FRAME_BYTES = 512;
const GROUP_OR_OTHERS_WRITE = 0o022;

/** The trees of a store's blobs: made when a blob has been verified, kept beside it and in memory. */
export class StoreTrees {
  readonly #folder: string;
  readonly #known = new Map<Digest, ChunkTree>();
  readonly #making = new Map<Digest, Promise<ChunkTree | undefined>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Where a blob's tree is, or would be. */
  path(digest: Digest): string {
    return join(this.#folder, digest.slice('sha256:'.length));
  }

  /**
   * The tree of an open blob. Where none is kept, or another account could have written it, the blob is read whole:
   * `undefined` says that it is not what its name says.
   */
  async of(
    digest: Digest,
    handle: FileHandle,
    size: number,
    signal: AbortSignal | undefined,
  ): Promise<ChunkTree | undefined> {
    const known = this.#known.get(digest);
    if (known?.size === size) return known;
    const waiting = this.#making.get(digest);
    if (waiting !== undefined) {
      const tree = await waiting.catch(() => undefined);
      if (tree?.size === size) return tree;
    }
    const making = this.#load(digest, handle, size, signal);
    this.#making.set(digest, making);
    try {
      return await making;
    } finally {
      if (this.#making.get(digest) === making) this.#making.delete(digest);
    }
  }

  /** Keeps the tree of a blob that has just been verified. A disk that does not take it costs a second reading later. */
  async keep(digest: Digest, tree: ChunkTree): Promise<void> {
    this.#known.set(digest, tree);
    const temporary = `${this.path(digest)}.${randomBytes(6).toString('hex')}.part`;
    try {
      await writeFile(temporary, encodeTree(digest, tree), { flag: 'wx', mode: 0o600 });
      await rename(temporary, this.path(digest));
    } catch {
      await rm(temporary, { force: true }).catch(() => {});
    }
  }

  /** Forgets a tree, in memory and on disk. */
  async forget(digest: Digest): Promise<void> {
    this.#known.delete(digest);
    await rm(this.path(digest), { force: true });
  }

  /** Reads a blob whole; its tree when it has the digest. */
  async make(
    digest: Digest,
    handle: FileHandle,
    size: number,
    signal: AbortSignal | undefined,
  ): Promise<ChunkTree | undefined> {
    const leaves = new LeafHash();
    const digester = createDigester(size);
    try {
      for await (const chunk of readChunks(handle, { start: 0, end: size }, signal, { lend: true })) {
        leaves.update(chunk);
        await digester.update(chunk);
      }
      if (digester.size !== size || (await digester.digest()) !== digest) return undefined;
    } finally {
      digester.close();
    }
    const tree = leaves.tree();
    await this.keep(digest, tree);
    return tree;
  }

  async #load(
    digest: Digest,
    handle: FileHandle,
    size: number,
    signal: AbortSignal | undefined,
  ): Promise<ChunkTree | undefined> {
    const kept = await this.#read(digest, size);
    if (kept === undefined) return this.make(digest, handle, size, signal);
    this.#known.set(digest, kept);
    return kept;
  }

  async #read(digest: Digest, size: number): Promise<ChunkTree | undefined> {
    try {
      const facts = await lstat(this.path(digest));
      // oxlint-disable-next-line no-bitwise -- a file's mode is a set of bits
      if (!facts.isFile() || !isOwn(facts.uid) || (facts.mode & GROUP_OR_OTHERS_WRITE) !== 0) return undefined;
      const limit = leafCount(size) * 32 + FRAME_BYTES;
      return decodeTree(await readRegular(this.path(digest), limit, { noLink: true }), digest, size);
    } catch {
      return undefined;
    }
  }
}
