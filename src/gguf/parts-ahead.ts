import type { ByteRange, ReadHints } from '../core/index.js';

/** Bytes before its end at which the part after one is begun. */
const AHEAD_BYTES = 4 * 1024 * 1024;
/** Parts that may be begun and not yet be wanted: there are tensors of a few bytes. */
const AHEAD_PARTS = 4;

/** A piece of a file that is computed when it is read. */
export interface Part {
  /** Bytes that it will give. */
  readonly size: number;
  read(signal: AbortSignal, hints: ReadHints | undefined): AsyncIterable<Uint8Array>;
}

/**
 * Gives the bytes of parts one after another, and begins the next before the last has ended: a part that is computed
 * by several threads leaves them idle at its end, and one that comes over a network lets the line wait at its beginning.
 */
export async function* readParts(
  parts: Iterable<Part>,
  signal: AbortSignal | undefined,
  hints: ReadHints | undefined,
): AsyncGenerator<Uint8Array> {
  const stop = new AbortController();
  const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const begun = new PartsAhead(parts, either, hints);
  try {
    for (let part = begun.take(); part !== undefined; part = begun.take()) {
      let remaining = part.size;
      begun.cover(remaining);
      for (let next = await part.first; next.done !== true; next = await part.chunks.next()) {
        remaining -= next.value.byteLength;
        begun.cover(remaining);
        yield next.value;
      }
    }
  } finally {
    stop.abort();
    await begun.close();
  }
}

interface BegunPart {
  readonly size: number;
  readonly chunks: AsyncIterator<Uint8Array>;
  readonly first: Promise<IteratorResult<Uint8Array>>;
}

class PartsAhead {
  readonly #parts: Iterator<Part>;
  readonly #signal: AbortSignal;
  readonly #hints: ReadHints | undefined;
  #ahead: BegunPart[] = [];
  #aheadBytes = 0;
  #current: BegunPart | undefined;

  constructor(parts: Iterable<Part>, signal: AbortSignal, hints: ReadHints | undefined) {
    this.#parts = parts[Symbol.iterator]();
    this.#signal = signal;
    this.#hints = hints;
  }

  /** The next part, begun now if it has not been. */
  take(): BegunPart | undefined {
    this.#current = this.#ahead.shift();
    if (this.#current === undefined) this.#current = this.#begin();
    else this.#aheadBytes -= this.#current.size;
    return this.#current;
  }

  /** Begins parts until what is left of the current one and they are enough for a while. */
  cover(remaining: number): void {
    while (remaining + this.#aheadBytes < AHEAD_BYTES && this.#ahead.length < AHEAD_PARTS) {
      const next = this.#begin();
      if (next === undefined) return;
      this.#ahead.push(next);
      this.#aheadBytes += next.size;
    }
  }

  async close(): Promise<void> {
    const open = this.#current === undefined ? this.#ahead : [this.#current, ...this.#ahead];
    await Promise.allSettled(open.map(async ({ chunks }) => chunks.return?.()));
  }

  #begin(): BegunPart | undefined {
    const next = this.#parts.next();
    if (next.done === true) return undefined;
    const { size } = next.value;
    const chunks = next.value.read(this.#signal, this.#hints)[Symbol.asyncIterator]();
    const first = chunks.next();
    // Its failure is thrown when its turn comes; until then it must not count as unhandled.
    first.catch(() => {});
    return { size, chunks, first };
  }
}

/** Bytes that are here already, in copies that the consumer may keep. */
export function presentPart(bytes: Uint8Array, { start, end }: ByteRange, piece: number): Part {
  return {
    size: end - start,
    async *read() {
      for (let at = start; at < end; at += piece) yield bytes.slice(at, Math.min(at + piece, end));
    },
  };
}
