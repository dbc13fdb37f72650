import type { ModelFile } from '../model-file.js';
import { readRange } from '../read.js';

/** Bytes taken one after the other, from a stream or from a file. */
export interface ByteInput {
  /** Bytes taken so far. */
  readonly position: number;
  /** Up to `limit` bytes, as they come; `undefined` at the end. */
  some(limit: number): Promise<Uint8Array | undefined>;
  /** Passes `length` bytes over; false when there are fewer. */
  skip(length: number): Promise<boolean>;
  /** Reads what is left, where that has a purpose. */
  drain(): Promise<void>;
  /** Lets the source go, wherever it stands. */
  close(): Promise<void>;
}

/** Exactly `length` bytes, or `undefined` when the input ends before. */
export async function take(input: ByteInput, length: number): Promise<Uint8Array | undefined> {
  const bytes = new Uint8Array(length);
  for (let filled = 0; filled < length;) {
    const part = await input.some(length - filled);
    if (part === undefined) return undefined;
    bytes.set(part, filled);
    filled += part.byteLength;
  }
  return bytes;
}

/** A stream of chunks, holding no more than it must. */
export class StreamInput implements ByteInput {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #held: Uint8Array = new Uint8Array(0);
  position = 0;

  constructor(content: AsyncIterable<Uint8Array>) {
    this.#chunks = content[Symbol.asyncIterator]();
  }

  async some(limit: number): Promise<Uint8Array | undefined> {
    while (this.#held.byteLength === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return undefined;
      this.#held = next.value;
    }
    const part = this.#held.subarray(0, limit);
    this.#held = this.#held.subarray(part.byteLength);
    this.position += part.byteLength;
    return part;
  }

  async skip(length: number): Promise<boolean> {
    for (let remaining = length; remaining > 0;) {
      const part = await this.some(remaining);
      if (part === undefined) return false;
      remaining -= part.byteLength;
    }
    return true;
  }

  /** To the end: a digest that is checked on the way has seen all of the stream only then. */
  async drain(): Promise<void> {
    while ((await this.some(Number.MAX_SAFE_INTEGER)) !== undefined);
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}

/** Headers are close together where files are small. */
const WINDOW = 8192;

/** A file that can be read at any offset: what is passed over is not read. */
export class FileInput implements ByteInput {
  readonly #file: ModelFile;
  readonly #signal: AbortSignal | undefined;
  #window: { readonly start: number; readonly bytes: Uint8Array } = { start: 0, bytes: new Uint8Array(0) };
  position = 0;

  constructor(file: ModelFile, signal: AbortSignal | undefined) {
    this.#file = file;
    this.#signal = signal;
  }

  async some(limit: number): Promise<Uint8Array | undefined> {
    if (this.position >= this.#file.size) return undefined;
    const end = this.#window.start + this.#window.bytes.byteLength;
    if (this.position < this.#window.start || this.position >= end) {
      const range = { start: this.position, end: Math.min(this.position + WINDOW, this.#file.size) };
      this.#window = { start: range.start, bytes: await readRange(this.#file, range, this.#signal) };
    }
    const offset = this.position - this.#window.start;
    const part = this.#window.bytes.slice(offset, offset + limit);
    this.position += part.byteLength;
    return part;
  }

  async skip(length: number): Promise<boolean> {
    this.position += length;
    return this.position <= this.#file.size;
  }

  async drain(): Promise<void> {}

  async close(): Promise<void> {}
}
