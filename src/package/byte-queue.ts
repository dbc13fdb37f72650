/** Takes exact numbers of bytes from a stream of chunks, holding no more than it must. */
export class ByteQueue {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #held: Uint8Array = new Uint8Array(0);

  constructor(content: AsyncIterable<Uint8Array>) {
    this.#chunks = content[Symbol.asyncIterator]();
  }

  /** Up to `limit` bytes, as they come; `undefined` at the end. */
  async some(limit: number): Promise<Uint8Array | undefined> {
    while (this.#held.byteLength === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return undefined;
      this.#held = next.value;
    }
    const part = this.#held.subarray(0, limit);
    this.#held = this.#held.subarray(part.byteLength);
    return part;
  }

  /** Lets the stream go, wherever it stands. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  /** Exactly `length` bytes, or `undefined` when the stream ends before. */
  async take(length: number): Promise<Uint8Array | undefined> {
    const bytes = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      const part = await this.some(length - filled);
      if (part === undefined) return undefined;
      bytes.set(part, filled);
      filled += part.byteLength;
    }
    return bytes;
  }
}
