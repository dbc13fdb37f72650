import type { FileHandle } from 'node:fs/promises';
import { throwIfAborted, type ByteRange, type ReadHints } from '../core/index.js';

const CHUNK = 1024 * 1024;
/** The same for chunks that are lent: fewer turns of the event loop for memory that is used again. */
const LENT_CHUNK = 2 * 1024 * 1024;
/** Ranges from this size on are worth memory that is kept. */
const LARGE = 256 * 1024;
/** Lent memories that are kept for the readers to come: those of a reader and of the one that begins before it has ended. */
const SPARE_MEMORIES = 4;

const spare: Uint8Array[] = [];

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
  const memory = hints.lend === true ? new LentMemory(range) : FRESH;
  let pending = readAt(handle, memory, range.start, range.end);
  try {
    for (let at = range.start; at < range.end;) {
      const chunk = await pending;
      throwIfAborted(signal);
      if (chunk.byteLength === 0) return;
      at += chunk.byteLength;
      pending = readAt(handle, memory, at, range.end);
      yield chunk;
    }
  } finally {
    // The handle may be closed, and memory be used again, only when nothing reads any more.
    await pending.catch(() => {});
    memory.close();
  }
}

interface ChunkMemory {
  /** Bytes of a chunk, at most. */
  readonly chunk: number;
  next(byteLength: number): Uint8Array;
  close(): void;
}

const FRESH: ChunkMemory = {
  chunk: CHUNK,
  next: (byteLength) => new Uint8Array(byteLength),
  close() {},
};

/** One memory for a range of one chunk, two that take turns for longer ones. */
class LentMemory implements ChunkMemory {
  readonly chunk = LENT_CHUNK;
  readonly #isKept: boolean;
  #turns: Uint8Array[];

  constructor({ start, end }: ByteRange) {
    const size = end - start;
    this.#isKept = size >= LARGE;
    this.#turns = [this.#isKept ? keptMemory() : new Uint8Array(size)];
    if (size > LENT_CHUNK) this.#turns.push(keptMemory());
  }

  next(byteLength: number): Uint8Array {
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

async function readAt(handle: FileHandle, memory: ChunkMemory, start: number, end: number): Promise<Uint8Array> {
  const length = Math.min(memory.chunk, end - start);
  if (length === 0) return new Uint8Array(0);
  const bytes = memory.next(length);
  const { bytesRead } = await handle.read(bytes, 0, length, start);
  return bytesRead === length ? bytes : bytes.subarray(0, bytesRead);
}
