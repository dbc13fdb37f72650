import type { SlipwayError } from '../core/index.js';
import { lz4FrameProblem } from './lz4-frame.js';
import { xetError } from './xet-error.js';

const HEADER = 8;
/** What the protocol allows for one chunk. */
const MOST_UNPACKED = 128 * 1024;

/** What may come out of the chunks of one reading, in bytes: they are small only as long as they are packed. */
export interface UnpackingBudget {
  remaining: number;
}

/**
 * Passes a part of a xorb on, looking at the header of every chunk (version, packed size in three bytes, kind of
 * packing, unpacked size in three bytes) and at the structure of what is packed before anyone unpacks it. Throws
 * `SIZE_MISMATCH` for more than was asked for, `HUB_UNAVAILABLE` for what is no chunk.
 */
export async function* checkedXetChunks(
  body: AsyncIterable<Uint8Array>,
  size: number,
  budget: UnpackingBudget,
  name: string,
): AsyncGenerator<Uint8Array> {
  const header = new Uint8Array(HEADER);
  let chunk: Chunk | undefined;
  let [filled, seen] = [0, 0];
  for await (const piece of body) {
    seen += piece.byteLength;
    if (seen > size) throw tooMuch(name, `more than ${size} bytes of a xorb`);
    for (let at = 0; at < piece.byteLength;) {
      const taken = Math.min(piece.byteLength - at, chunk === undefined ? HEADER - filled : chunk.remaining);
      const part = piece.subarray(at, at + taken);
      at += taken;
      if (chunk === undefined) {
        header.set(part, filled);
        filled = (filled + taken) % HEADER;
        if (filled !== 0) continue;
        chunk = chunkOf(header, budget, name);
        yield Uint8Array.from(header);
      } else {
        chunk.remaining -= taken;
        // No Buffer: the Hub's client takes `slice` for a copy and gives the memory away.
        if (chunk.packed === undefined) yield Uint8Array.from(part);
        else chunk.packed.push(Uint8Array.from(part));
      }
      if (chunk.remaining > 0) continue;
      yield* soundFrame(chunk, name);
      chunk = undefined;
    }
  }
  if (filled > 0) yield header.slice(0, filled);
  // What a connection left of a chunk is for the client to miss.
  yield* chunk?.packed ?? [];
}

interface Chunk {
  /** Bytes of it that have not come yet. */
  remaining: number;
  /** What has come of one that is packed: it is handed on when its structure has been looked at. */
  readonly packed: Uint8Array[] | undefined;
}

function* soundFrame({ packed }: Chunk, name: string): Generator<Uint8Array> {
  if (packed === undefined) return;
  const frame = packed.length === 1 && packed[0] !== undefined ? packed[0] : joined(packed);
  const problem = lz4FrameProblem(frame);
  if (problem !== undefined) throw noChunk(name, problem);
  yield frame;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

function chunkOf(header: Uint8Array, budget: UnpackingBudget, name: string): Chunk {
  const threeBytes = (at: number): number =>
    (header[at] ?? 0) + (header[at + 1] ?? 0) * 256 + (header[at + 2] ?? 0) * 65_536;
  const [packed, unpacked] = [threeBytes(1), threeBytes(5)];
  const asItIs = header[4] === 0;
  if (header[0] !== 0 || unpacked > MOST_UNPACKED || packed > 2 * MOST_UNPACKED || (asItIs && packed !== unpacked)) {
    throw noChunk(name, `version ${header[0]}, ${packed} bytes for ${unpacked}`);
  }
  budget.remaining -= unpacked;
  if (budget.remaining < 0) throw tooMuch(name, 'chunks that unpack to far more than the file needs');
  return { remaining: packed, packed: asItIs ? undefined : [] };
}

function noChunk(name: string, got: string): SlipwayError {
  return xetError('HUB_UNAVAILABLE', `the Xet storage sends something else than chunks of '${name}'`, name, {
    got,
    retryable: true,
  });
}

function tooMuch(name: string, got: string): SlipwayError {
  return xetError('SIZE_MISMATCH', `the Xet storage sends more of '${name}' than was asked for`, name, { got });
}
