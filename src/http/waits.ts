/** Whether a request waits for the other side now; telling it twice counts once. */
export class Waits {
  readonly #tell: (isWaiting: boolean) => void;
  #isWaiting = false;
  #isOver = false;

  constructor(tell: (isWaiting: boolean) => void = () => {}) {
    this.#tell = tell;
  }

  set(isWaiting: boolean): void {
    if (this.#isOver || this.#isWaiting === isWaiting) return;
    this.#isWaiting = isWaiting;
    this.#tell(isWaiting);
  }

  /** The request has its answer, or failed: a body that is still being made for it waits for nothing. */
  end(): void {
    this.set(false);
    this.#isOver = true;
  }

  /** A body that is sent: its sender waits while a chunk is with the receiver, not while the next one is made. */
  async *sending(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    this.set(false);
    for await (const chunk of content) {
      this.set(true);
      yield chunk;
      this.set(false);
    }
    this.set(true);
  }

  /** A body that is received: its reader waits from asking for a chunk until it is there. */
  async *receiving(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      this.set(true);
      for await (const chunk of content) {
        this.set(false);
        yield chunk;
        this.set(true);
      }
    } finally {
      this.set(false);
    }
  }
}
