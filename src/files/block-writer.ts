import type { FileHandle } from 'node:fs/promises';
import { copyBytes } from '../../workers/copy-bytes.js';
import { BLOCK, BLOCKS, giveBlocks, holdBlocks, isBlock, takeBlocks } from './block-memory.js';
import type { Digester } from './digester.js';

const SMALL_BLOCK = 128 * 1024;
/** Offsets, lengths and addresses of direct writes are multiples of this on every device in use. */
const ALIGNMENT = 4096;
/** Written bytes after which the device is asked to keep them, so that little is left to do at the end. */
const FLUSH_EVERY = 64 * 1024 * 1024;

/**
 * Writes chunks to a file in order, in the background: the next chunk is fetched and hashed while
 * the last ones are written. What is in the file is always a beginning of the content, so that a killed process leaves
 * something to go on from.
 */
export interface FileWriter {
  /** Takes a chunk, which may change when the promise is fulfilled, or as its lender says. Throws what an earlier write threw. */
  write(chunk: Uint8Array): Promise<void>;
  /** Writes what is left and waits until the device has it, unless it was opened otherwise. */
  finish(): Promise<void>;
  /** Writes what is left and closes the file. Does not throw for what could not be written: `finish` does. */
  close(): Promise<void>;
}

export interface BlockWriterOptions {
  /** Closed in the end, with `direct`. */
  readonly handle: FileHandle;
  /** The same file, past the cache. */
  readonly direct: FileHandle | undefined;
  readonly position: number;
  /** Bytes that will come, about. */
  readonly size: number;
  readonly digester: Digester | undefined;
  /** Whether `finish` waits for the device. */
  readonly isDurable: boolean;
}

interface Block {
  readonly bytes: Uint8Array;
  readonly position: number;
}

/**
 * Collects chunks in blocks, one of which is written while others are filled. With `direct`, blocks at multiples of the
 * device's own go past the operating system's cache (`O_DIRECT`, open(2)); the first and the last bytes of what is no
 * multiple go through it, as everything does where the device turns out to want something else.
 */
export class BlockWriter implements FileWriter {
  readonly #handle: FileHandle;
  #direct: FileHandle | undefined;
  /** Made for the first chunk that is copied. */
  #memory: SharedArrayBuffer | undefined;
  readonly #digester: Digester | undefined;
  readonly #isDurable: boolean;
  readonly #blockSize: number;
  #position: number;
  /** The block that is being filled, and how far. */
  #block = 0;
  #filled = 0;
  #waiting = 0;
  #tail: Promise<void> = Promise.resolve();
  /** The last block, written and hashed: both go in order. */
  #hashed: Promise<void> = Promise.resolve();
  /** Wakes the call that waits for a block. */
  #onFree: (() => void) | undefined;
  #unflushed = 0;
  #flushing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor({ handle, direct, position, size, digester, isDurable }: BlockWriterOptions) {
    this.#handle = handle;
    this.#direct = direct;
    this.#position = position;
    this.#digester = digester;
    this.#isDurable = isDurable;
    const least = Math.max(1, Math.ceil(size / ALIGNMENT)) * ALIGNMENT;
    this.#blockSize = size >= BLOCK ? BLOCK : Math.min(SMALL_BLOCK, least);
  }

  async write(chunk: Uint8Array): Promise<void> {
    const isFree = this.#filled === 0 && this.#position % ALIGNMENT === 0;
    if (isFree && isBlock(chunk)) return this.#sendBlock(chunk);
    const memory = (this.#memory ??=
      this.#blockSize === BLOCK ? takeBlocks() : new SharedArrayBuffer(this.#blockSize * BLOCKS));
    const bytes = new Uint8Array(memory);
    for (let at = 0; at < chunk.byteLength;) {
      while (this.#waiting === BLOCKS) await new Promise<void>((resolve) => (this.#onFree = resolve));
      this.#check();
      const end = Math.min(chunk.byteLength, at + this.#capacity() - this.#filled);
      copyBytes(chunk.subarray(at, end), bytes, this.#block * this.#blockSize + this.#filled);
      this.#filled += end - at;
      at = end;
      if (this.#filled === this.#capacity()) this.#send();
    }
  }

  async finish(): Promise<void> {
    await this.#settled();
    this.#check();
    if (this.#isDurable) await this.#handle.sync();
  }

  async close(): Promise<void> {
    await this.#settled();
    if (this.#blockSize === BLOCK && this.#memory !== undefined) giveBlocks(this.#memory);
    this.#memory = undefined;
    await this.#direct?.close();
    await this.#handle.close();
  }

  async #settled(): Promise<void> {
    this.#send();
    await this.#tail;
    await this.#hashed;
    await this.#flushing;
  }

  /** What the block at hand takes: the first one is shorter when the file did not end at a multiple. */
  #capacity(): number {
    return this.#blockSize - (this.#position % ALIGNMENT);
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Has a lent block written and hashed where it lies; fulfilled when that is done with the one before. */
  async #sendBlock(block: Uint8Array<SharedArrayBuffer>): Promise<void> {
    const before = this.#hashed;
    this.#check();
    const letGo = holdBlocks(block.buffer);
    this.#sendBytes(block.buffer, block.byteOffset, block.byteOffset + block.byteLength);
    void this.#hashed.finally(letGo);
    await before;
    this.#check();
  }

  #send(): void {
    if (this.#filled === 0 || this.#memory === undefined) return;
    const start = this.#block * this.#blockSize;
    const end = start + this.#filled;
    this.#filled = 0;
    this.#block = (this.#block + 1) % BLOCKS;
    this.#sendBytes(this.#memory, start, end);
  }

  #sendBytes(memory: SharedArrayBuffer, start: number, end: number): void {
    const block: Block = { bytes: new Uint8Array(memory, start, end - start), position: this.#position };
    const hashed = this.#digester?.updateShared(memory, start, end);
    // Heard of when its turn comes.
    hashed?.catch(() => {});
    this.#position += end - start;
    this.#waiting++;
    const written = this.#tail.then(() => this.#put(block));
    this.#tail = written.catch((error: unknown) => this.#fail(error));
    // The next block is written while this one is still hashed.
    this.#hashed = written
      .then(() => hashed)
      .catch((error: unknown) => this.#fail(error))
      .finally(() => this.#free());
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
  }

  #free(): void {
    this.#waiting--;
    this.#onFree?.();
    this.#onFree = undefined;
  }

  async #put({ bytes, position }: Block): Promise<void> {
    if (this.#failure !== undefined) return;
    const aligned = position % ALIGNMENT === 0 && bytes.byteLength % ALIGNMENT === 0;
    const done = aligned ? await this.#putDirect(bytes, position) : 0;
    for (let at = done; at < bytes.byteLength;) {
      at += (await this.#handle.write(bytes, at, bytes.byteLength - at, position + at)).bytesWritten;
    }
    this.#unflushed += bytes.byteLength - done;
    if (this.#unflushed >= FLUSH_EVERY && this.#flushing === undefined) this.#flush();
  }

  /** Bytes written: none without a cache to pass, or when the device wants other multiples. */
  async #putDirect(bytes: Uint8Array, position: number): Promise<number> {
    const direct = this.#direct;
    if (direct === undefined) return 0;
    try {
      return (await direct.write(bytes, 0, bytes.byteLength, position)).bytesWritten;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
      this.#direct = undefined;
      await direct.close();
      return 0;
    }
  }

  #flush(): void {
    this.#unflushed = 0;
    this.#flushing = this.#handle
      .datasync()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => (this.#flushing = undefined));
  }
}
