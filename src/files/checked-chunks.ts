import type { FileHandle } from 'node:fs/promises';
import { throwIfAborted, type ByteRange, type ReadHints } from '../core/index.js';
import { isLeaf, LEAF_BYTES, type ChunkTree } from './chunk-tree.js';
import { readChunks } from './read-chunks.js';

/** Pieces of the file that differ from what the tree says. */
export interface Damage extends ByteRange {
  /** Set when the file ends before. */
  readonly missing?: boolean;
}

/**
 * The bytes of a range of an open file, each piece checked against the tree before any of it is handed out.
 * `onDamage` is to make the error that is thrown for a piece that is not what it was.
 */
export async function* checkedChunks(
  handle: FileHandle,
  tree: ChunkTree,
  range: ByteRange,
  onDamage: (damage: Damage) => Promise<Error>,
  { signal, hints }: { readonly signal?: AbortSignal | undefined; readonly hints?: ReadHints | undefined } = {},
): AsyncGenerator<Uint8Array> {
  if (range.end <= range.start) return;
  const from = Math.floor(range.start / LEAF_BYTES) * LEAF_BYTES;
  const to = Math.min(tree.size, Math.ceil(range.end / LEAF_BYTES) * LEAF_BYTES);
  // More is read than was asked for: it cannot go to where the reader wants its bytes.
  const lend = { lend: hints?.lend === true };
  let at = from;
  for await (const chunk of leafAligned(readChunks(handle, { start: from, end: to }, signal, lend))) {
    throwIfAborted(signal);
    for (let offset = 0; offset < chunk.byteLength; offset += LEAF_BYTES) {
      const piece = chunk.subarray(offset, offset + LEAF_BYTES);
      const start = at + offset;
      if (!isLeaf(tree, start / LEAF_BYTES, piece)) throw await onDamage({ start, end: start + piece.byteLength });
    }
    const begin = Math.max(0, range.start - at);
    const end = Math.min(chunk.byteLength, range.end - at);
    at += chunk.byteLength;
    if (end > begin) yield chunk.subarray(begin, end);
  }
  if (at < to) throw await onDamage({ start: at, end: to, missing: true });
}

/** Chunks of whole pieces, but for the last: a system call may give fewer bytes than it was asked for. */
async function* leafAligned(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array | undefined;
  for await (const chunk of content) {
    const joined: Uint8Array = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    const whole = joined.byteLength - (joined.byteLength % LEAF_BYTES);
    // A copy: lent memory is used again.
    rest = whole < joined.byteLength ? new Uint8Array(joined.subarray(whole)) : undefined;
    if (whole > 0) yield joined.subarray(0, whole);
  }
  if (rest !== undefined) yield rest;
}
