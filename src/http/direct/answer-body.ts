/** What a body needs of the connection that it comes over. */
export interface BodySource {
  /** There is room again for what comes. */
  resume(): void;
  /** What is still to come is not wanted. */
  drop(): void;
}

/**
 * The body of an answer: what came before its reader asked is kept, up to a bound; then the connection is told to wait. May be
 * read once.
 */
export class AnswerBody implements AsyncIterable<Uint8Array> {
  readonly #source: BodySource;
  readonly #most: number;
  #waiting: Uint8Array[] = [];
  #size = 0;
  #ended: { readonly error: Error | undefined } | undefined;
  #wake: (() => void) | undefined;

  /** `most`: bytes that may be here before they are read. */
  constructor(source: BodySource, most: number) {
    this.#source = source;
    this.#most = most;
  }

  /** Nothing more is to be received for now. */
  get isFull(): boolean {
    return this.#size >= this.#most;
  }

  /** A reader waits for bytes: it is the sender's turn. */
  get isAwaited(): boolean {
    return this.#wake !== undefined;
  }

  /** Takes bytes that may change when the call returns. */
  add(bytes: Uint8Array): void {
    const own = Buffer.allocUnsafeSlow(bytes.byteLength);
    own.set(bytes);
    this.#waiting.push(own);
    this.#size += own.byteLength;
    this.#wake?.();
  }

  /** No more bytes will come; the reader gets those that are here first. */
  end(error?: Error): void {
    this.#ended ??= { error };
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const next = this.#waiting.shift();
        if (next !== undefined) {
          const wasFull = this.isFull;
          this.#size -= next.byteLength;
          if (wasFull && !this.isFull) this.#source.resume();
          yield next;
        } else if (this.#ended === undefined) await this.#wait();
        else if (this.#ended.error !== undefined) throw this.#ended.error;
        else return;
      }
    } finally {
      if (this.#ended === undefined) this.#source.drop();
      this.#waiting = [];
    }
  }

  /** Receives a rest of at most `limit` bytes, so that the connection can be used again, or drops the connection. */
  async dump({ limit }: { readonly limit: number }): Promise<void> {
    let size = 0;
    if (this.#ended !== undefined) this.#waiting = [];
    else {
      for await (const chunk of this) {
        size += chunk.byteLength;
        if (size > limit) return;
      }
    }
  }

  async #wait(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
  }
}
