import { BLOCK, BLOCKS, copyBytes, giveBlocks, takeBlocks } from '../files/index.js';

/** A reader that waits gets what there is after this time: a slow sender's bytes must count, and be kept, too. */
const PATIENCE_MS = 200;
/** Less than this is handed on only after so many times. */
const LITTLE = 4096;
const MOST_WAITS = 5;

/**
 * Memory that a socket fills and a reader empties, block by block, without a copy. A chunk is lent: it holds until the reader asks for the
 * next one, and a whole block for a turn longer. Chunks are whole blocks, but for the last and those of a slow sender.
 */
export class BlockRing {
  readonly #memory: SharedArrayBuffer = takeBlocks();
  readonly #onRoom: () => void;
  /** Bytes that were filled, and handed on, and are free again, since the beginning. */
  #filled = 0;
  #given = 0;
  #freed = 0;
  /** What came although there was no room: a few bytes of TLS that were under way. */
  #surplus: Uint8Array[] = [];
  #ended: { readonly error: Error | undefined } | undefined;
  #wake: (() => void) | undefined;
  #isClosed = false;

  /** `onRoom`: there is room again after there was none. */
  constructor(onRoom: () => void) {
    this.#onRoom = onRoom;
  }

  get isFull(): boolean {
    return this.#surplus.length > 0 || this.#filled - this.#freed >= BLOCK * BLOCKS;
  }

  /** Where the next bytes go: the rest of a block, or memory aside when all are taken. */
  room(): Uint8Array {
    if (this.isFull) return Buffer.allocUnsafeSlow(LITTLE * 16);
    const at = this.#filled % (BLOCK * BLOCKS);
    const free = this.#freed + BLOCK * BLOCKS - this.#filled;
    return new Uint8Array(this.#memory, at, Math.min(BLOCK - (at % BLOCK), free));
  }

  /** The first `count` bytes of a room are filled. */
  fill(room: Uint8Array, count: number): void {
    if (room.buffer === this.#memory) this.#filled += count;
    else this.#put(room.subarray(0, count));
    if (this.#filled - this.#given >= this.#untilBlockEnds()) this.#notify();
  }

  /** No more bytes will come; the reader gets those that are here first. */
  end(error?: Error): void {
    this.#ended ??= { error };
    this.#notify();
  }

  /** Chunks to the end. Throws what {@link BlockRing.end} was given. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const count = await this.#next();
      if (count === 0) break;
      const chunk = new Uint8Array(this.#memory, this.#given % (BLOCK * BLOCKS), count);
      const before = this.#given;
      this.#given += count;
      yield chunk;
      // A whole block holds for a turn longer.
      this.#free(count === BLOCK ? before : this.#given);
    }
    if (this.#ended?.error !== undefined) throw this.#ended.error;
  }

  /** To be called once, when neither side needs it any more. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    giveBlocks(this.#memory);
  }

  /** Bytes from what was handed on last to the end of its block. */
  #untilBlockEnds(): number {
    return BLOCK - (this.#given % BLOCK);
  }

  #free(until: number): void {
    const wasFull = this.isFull;
    this.#freed = until;
    const surplus = this.#surplus;
    this.#surplus = [];
    for (const bytes of surplus) this.#put(bytes);
    if (wasFull && !this.isFull) this.#onRoom();
  }

  /** Copies bytes to where they belong; what has no room there waits for it. */
  #put(bytes: Uint8Array): void {
    let rest = bytes;
    while (!this.isFull && rest.byteLength > 0) {
      const room = this.room();
      const part = rest.subarray(0, room.byteLength);
      copyBytes(part, room);
      this.#filled += part.byteLength;
      rest = rest.subarray(part.byteLength);
    }
    if (rest.byteLength > 0) this.#surplus.push(rest);
  }

  /** Bytes of the next chunk; none at the end. */
  async #next(): Promise<number> {
    for (let waits = 0; ; waits++) {
      const here = this.#filled - this.#given;
      const whole = this.#untilBlockEnds();
      if (here >= whole) return whole;
      if (this.#ended !== undefined && this.#surplus.length === 0) return here;
      if (waits > 0 && here >= LITTLE) return here - (here % LITTLE);
      if (waits > MOST_WAITS && here > 0) return here;
      await this.#wait();
    }
  }

  async #wait(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, PATIENCE_MS);
      this.#wake = (): void => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }

  #notify(): void {
    this.#wake?.();
  }
}
