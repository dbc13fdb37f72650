import { SlipwayError, type ByteRange } from '../../core/index.js';

const EMPTY = new Uint8Array(0);

/** Takes exact lengths from a stream of chunks of any size. */
export class ByteCursor {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = EMPTY;

  constructor(content: AsyncIterable<Uint8Array>) {
    this.#iterator = content[Symbol.asyncIterator]();
  }

  /** The next `length` bytes in an array of their own. */
  async take(length: number): Promise<Uint8Array> {
    return this.takeInto(new Uint8Array(length));
  }

  /** Writes as many of the next bytes as `bytes` has into it, and gives it back. */
  async takeInto(bytes: Uint8Array): Promise<Uint8Array> {
    for (let filled = 0; filled < bytes.byteLength;) {
      const part = await this.#next(bytes.byteLength - filled);
      bytes.set(part, filled);
      filled += part.byteLength;
    }
    return bytes;
  }

  async skip(length: number): Promise<void> {
    let remaining = length;
    while (remaining > 0) remaining -= (await this.#next(remaining)).byteLength;
  }

  /** Lets the stream go; safe to call at any time. */
  async close(): Promise<void> {
    this.#rest = EMPTY;
    await this.#iterator.return?.();
  }

  async #next(most: number): Promise<Uint8Array> {
    while (this.#rest.byteLength === 0) {
      const { value, done } = await this.#iterator.next();
      if (done === true) throw new SlipwayError('SIZE_MISMATCH', 'a tensor ended before all of it was read');
      this.#rest = value;
    }
    const part = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(part.byteLength);
    return part;
  }
}

/** Bytes that are read at once when a computation may choose. */
export const CHUNK_SIZE: number = 512 * 1024;

/**
 * Serves any range of something that can only be computed in whole units: asks for the units that cover the range and
 * cuts off what was not asked for.
 * @param unit bytes of one unit; all ranges asked of `produce` are multiples of it
 */
export async function* inUnits(
  range: ByteRange,
  unit: number,
  produce: (aligned: ByteRange) => AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (range.end <= range.start) return;
  const start = Math.floor(range.start / unit) * unit;
  let at = start;
  for await (const chunk of produce({ start, end: Math.ceil(range.end / unit) * unit })) {
    const from = Math.max(range.start - at, 0);
    const to = Math.min(range.end - at, chunk.byteLength);
    at += chunk.byteLength;
    if (from === 0 && to === chunk.byteLength) yield chunk;
    else if (from < to) yield chunk.slice(from, to);
    if (at >= range.end) return;
  }
}
