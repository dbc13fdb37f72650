import { createHash, timingSafeEqual } from 'node:crypto';
import type { Digest } from '../core/index.js';

/** Bytes that one digest of a tree covers: what a range read has to look at besides what was asked for. */
export const LEAF_BYTES: number = 256 * 1024;
const HASH_BYTES = 32;
const MAGIC = 'slipway chunk tree 1\n';

/** The SHA-256 of every 256 KiB of a blob, in order: any range can be checked without reading the rest. */
export interface ChunkTree {
  /** Bytes of the blob. */
  readonly size: number;
  /** 32 bytes a piece. */
  readonly leaves: Uint8Array;
}

export function leafCount(size: number): number {
  return Math.ceil(size / LEAF_BYTES);
}

/** Collects the digests of a stream's pieces as it passes. */
export class LeafHash {
  #hash = createHash('sha256');
  #filled = 0;
  #size = 0;
  readonly #leaves: Buffer[] = [];

  update(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.byteLength;) {
      const end = Math.min(chunk.byteLength, at + LEAF_BYTES - this.#filled);
      this.#hash.update(chunk.subarray(at, end));
      this.#filled += end - at;
      at = end;
      if (this.#filled === LEAF_BYTES) this.#end();
    }
    this.#size += chunk.byteLength;
  }

  /** The tree of what has passed. Nothing can be added afterwards. */
  tree(): ChunkTree {
    if (this.#filled > 0) this.#end();
    return { size: this.#size, leaves: Buffer.concat(this.#leaves) };
  }

  #end(): void {
    this.#leaves.push(this.#hash.digest());
    this.#hash = createHash('sha256');
    this.#filled = 0;
  }
}

/** Whether a piece of the blob is what it was. */
export function isLeaf(tree: ChunkTree, index: number, bytes: Uint8Array): boolean {
  const expected = tree.leaves.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
  const actual = createHash('sha256').update(bytes).digest();
  return expected.byteLength === HASH_BYTES && timingSafeEqual(expected, actual);
}

/** A tree as it is kept beside a blob: which blob it is of, the leaves, and a digest over all that. */
export function encodeTree(digest: Digest, { size, leaves }: ChunkTree): Uint8Array {
  const body = Buffer.concat([Buffer.from(`${MAGIC}${digest} ${size} ${LEAF_BYTES}\n`), leaves]);
  return Buffer.concat([body, createHash('sha256').update(body).digest()]);
}

/** Reads what `encodeTree` wrote; `undefined` for anything else: then the tree has to be made again. */
export function decodeTree(bytes: Uint8Array, digest: Digest, size: number): ChunkTree | undefined {
  const head = Buffer.from(`${MAGIC}${digest} ${size} ${LEAF_BYTES}\n`);
  const end = bytes.byteLength - HASH_BYTES;
  if (end !== head.byteLength + leafCount(size) * HASH_BYTES) return undefined;
  const body = bytes.subarray(0, end);
  if (!createHash('sha256').update(body).digest().equals(bytes.subarray(end))) return undefined;
  if (!head.equals(body.subarray(0, head.byteLength))) return undefined;
  return { size, leaves: body.slice(head.byteLength) };
}
