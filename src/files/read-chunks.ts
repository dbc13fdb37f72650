import type { FileHandle } from 'node:fs/promises';
import { throwIfAborted, whenIdle, type ByteRange, type ReadHints } from '../core/index.js';

const CHUNK = 1024 * 1024;
/** The same for chunks that are lent: fewer turns of the event loop for memory that is used again. */
const LENT_CHUNK = 2 * 1024 * 1024;
/** Ranges from this size on are worth memory that is kept. */
const LARGE = 256 * 1024;
/** Lent memories that are kept for the readers to come: those of a reader and of the one that begins before it has ended. */
const SPARE_MEMORIES = 4;

const spare: Uint8Array[] = [];
whenIdle(() => (spare.length = 0));

/** Readings under way, with memory of the reader's: one waits for a thread and for this one to hear of it, not for a disk. */
const READINGS = 2;

/**
 * The bytes of a range of an open file, in chunks of some MiB. The next chunk is read while the consumer works on one;
 * lent chunks take turns in two memories. Ends early where the file does. The handle stays open.
 */
export async function* readChunks(
  handle: FileHandle,
  range: ByteRange,
  signal?: AbortSignal,
  hints: ReadHints = {},
): AsyncGenerator<Uint8Array> {
  const memory = memoryFor(range, hints);
  const pending: Reading[] = [];
  let asked = range.start;
  const readAhead = (): void => {
    while (asked < range.end && pending.length < memory.readings) {
      const bytes = memory.next(range.end - asked);
      const chunk = readAt(handle, bytes, asked);
      // Its failure is thrown when its turn comes.
      chunk.catch(() => {});
      pending.push({ chunk, wanted: bytes.byteLength });
      asked += bytes.byteLength;
    }
  };
  try {
    readAhead();
    for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
      const chunk = await next.chunk;
      throwIfAborted(signal);
      readAhead();
      if (chunk.byteLength > 0) yield chunk;
      if (chunk.byteLength < next.wanted) return;
    }
  } finally {
    // The handle may be closed, and memory be used again, only when nothing reads any more.
    await Promise.allSettled(pending.map(({ chunk }) => chunk));
    memory.close();
  }
}

interface Reading {
  readonly chunk: Promise<Uint8Array>;
  /** Bytes that it is to give; fewer where the file ends. */
  readonly wanted: number;
}

interface ChunkMemory {
  /** Chunks that may be read at a time. */
  readonly readings: number;
  /** Memory for the next chunk, when so many bytes are still to come. */
  next(remaining: number): Uint8Array;
  close(): void;
}

function memoryFor(range: ByteRange, { lend, into }: ReadHints): ChunkMemory {
  if (into !== undefined) return { readings: READINGS, next: into, close() {} };
  return lend === true ? new LentMemory(range) : FRESH;
}

const FRESH: ChunkMemory = {
  readings: 1,
  next: (remaining) => new Uint8Array(Math.min(CHUNK, remaining)),
  close() {},
};

/** One memory for a range of one chunk, two that take turns for longer ones. */
class LentMemory implements ChunkMemory {
  readonly readings = 1;
  readonly #isKept: boolean;
  #turns: Uint8Array[];

  constructor({ start, end }: ByteRange) {
    const size = end - start;
    this.#isKept = size >= LARGE;
    this.#turns = [this.#isKept ? keptMemory() : new Uint8Array(size)];
    if (size > LENT_CHUNK) this.#turns.push(keptMemory());
  }

  next(remaining: number): Uint8Array {
    const byteLength = Math.min(LENT_CHUNK, remaining);
    const [memory, ...others] = this.#turns;
    if (memory === undefined) return new Uint8Array(byteLength);
    this.#turns = [...others, memory];
    return memory.subarray(0, byteLength);
  }

  close(): void {
    const kept = this.#isKept ? this.#turns : [];
    this.#turns = [];
    spare.push(...kept.slice(0, SPARE_MEMORIES - spare.length));
  }
}

/** What is in it is overwritten: no more of it is given to a reader than was read. */
function keptMemory(): Uint8Array {
  return spare.pop() ?? Buffer.allocUnsafeSlow(LENT_CHUNK);
}

/** Fills the memory from a place of the file on; what is not filled is not there. */
async function readAt(handle: FileHandle, bytes: Uint8Array, start: number): Promise<Uint8Array> {
  for (let filled = 0; filled < bytes.byteLength;) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.byteLength - filled, start + filled);
    if (bytesRead === 0) return bytes.subarray(0, filled);
    filled += bytesRead;
  }
  return bytes;
}
