import type { SlipwayError } from '../core/index.js';
import { xetError } from './xet-error.js';

const HEADER = 8;
/** What the protocol allows for one chunk. */
const MOST_UNPACKED = 128 * 1024;

/** What may come out of the chunks of one reading, in bytes: they are small only as long as they are packed. */
export interface UnpackingBudget {
  left: number;
}

/**
 * Passes a part of a xorb on, looking at the header of every chunk (version, packed size in three bytes, kind of
 * packing, unpacked size in three bytes) before anyone unpacks it. Throws `SIZE_MISMATCH` for more than was asked for,
 * `HUB_UNAVAILABLE` for what is no chunk.
 */
export async function* checkedXetChunks(
  body: AsyncIterable<Uint8Array>,
  size: number,
  budget: UnpackingBudget,
  name: string,
): AsyncGenerator<Uint8Array> {
  const header = new Uint8Array(HEADER);
  let [filled, rest, seen] = [0, 0, 0];
  for await (const piece of body) {
    seen += piece.byteLength;
    if (seen > size) throw tooMuch(name, `more than ${size} bytes of a xorb`);
    for (let at = 0; at < piece.byteLength;) {
      const taken = rest > 0 ? Math.min(rest, piece.byteLength - at) : Math.min(HEADER - filled, piece.byteLength - at);
      if (rest > 0) {
        rest -= taken;
      } else {
        header.set(piece.subarray(at, at + taken), filled);
        filled = (filled + taken) % HEADER;
        if (filled === 0) rest = packedSize(header, budget, name);
      }
      at += taken;
    }
    // No Buffer: the Hub's client takes `slice` for a copy and gives the memory away.
    yield new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
  }
}

function packedSize(header: Uint8Array, budget: UnpackingBudget, name: string): number {
  const threeBytes = (at: number): number =>
    (header[at] ?? 0) + (header[at + 1] ?? 0) * 256 + (header[at + 2] ?? 0) * 65_536;
  const [packed, unpacked] = [threeBytes(1), threeBytes(5)];
  const asItIs = header[4] === 0;
  if (header[0] !== 0 || unpacked > MOST_UNPACKED || packed > 2 * MOST_UNPACKED || (asItIs && packed !== unpacked)) {
    throw xetError('HUB_UNAVAILABLE', `the Xet storage sends something else than chunks of '${name}'`, name, {
      got: `version ${header[0]}, ${packed} bytes for ${unpacked}`,
      retryable: true,
    });
  }
  budget.left -= unpacked;
  if (budget.left < 0) throw tooMuch(name, 'chunks that unpack to far more than the file needs');
  return packed;
}

function tooMuch(name: string, got: string): SlipwayError {
  return xetError('SIZE_MISMATCH', `the Xet storage sends more of '${name}' than was asked for`, name, { got });
}
