import { SlipwayError, type ByteRange } from '../core/index.js';
import type { ModelFile } from '../files/index.js';

/** Something that has bytes: a file, or a tensor. */
export interface Readable {
  read(range?: ByteRange, signal?: AbortSignal, hints?: { readonly lend?: boolean }): AsyncIterable<Uint8Array>;
}

/** A range of a file as something to be read. */
export function part(file: ModelFile, { start, end }: ByteRange): Readable {
  return { read: (_range, signal, hints) => file.read({ start, end }, signal, hints) };
}

/**
 * Reads two streams of `size` bytes side by side, each once and to its end, and gives the indexes of the pieces in which
 * they differ. `ends` are the ends of pieces that lie one behind the other and cover everything.
 * Throws `SIZE_MISMATCH` when one of them ends early.
 */
export async function differingPieces(
  a: Readable,
  b: Readable,
  ends: readonly number[],
  signal?: AbortSignal,
): Promise<ReadonlySet<number>> {
  const differing = new Set<number>();
  const size = ends.at(-1) ?? 0;
  const [left, right] = [new Bytes(a, signal), new Bytes(b, signal)];
  try {
    for (let at = 0, piece = 0; at < size;) {
      while (at >= (ends[piece] ?? size)) piece += 1;
      const most = (ends[piece] ?? size) - at;
      await Promise.all([left.fill(), right.fill()]);
      const count = Math.min(left.length, right.length, most);
      if (count === 0) throw endsEarly(at, size);
      // Both have to go on, whether they still are compared or not.
      const [x, y] = [left.take(count), right.take(count)];
      if (!differing.has(piece) && Buffer.compare(x, y) !== 0) differing.add(piece);
      at += count;
      if (differing.size === ends.length) break;
    }
  } finally {
    await Promise.all([left.close(), right.close()]);
  }
  return differing;
}

/** Chunks of a stream, taken in portions of another's. */
class Bytes {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);

  constructor(source: Readable, signal: AbortSignal | undefined) {
    this.#iterator = source.read(undefined, signal, { lend: true })[Symbol.asyncIterator]();
  }

  get length(): number {
    return this.#chunk.byteLength;
  }

  async fill(): Promise<void> {
    while (this.#chunk.byteLength === 0) {
      const next = await this.#iterator.next();
      if (next.done === true) return;
      this.#chunk = next.value;
    }
  }

  take(count: number): Uint8Array {
    const taken = this.#chunk.subarray(0, count);
    this.#chunk = this.#chunk.subarray(count);
    return taken;
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}

function endsEarly(at: number, size: number): SlipwayError {
  return new SlipwayError('SIZE_MISMATCH', 'what is compared has fewer bytes than announced', {
    got: `${at} bytes, expected ${size}`,
  });
}
