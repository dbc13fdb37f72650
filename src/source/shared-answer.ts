import { abortedError, throwIfAborted } from '../core/index.js';

/** A question that is asked once for all callers: one that stops waiting does not take the answer from the others. */
export class SharedAnswer<T> {
  readonly #ask: () => Promise<T>;
  #answer: Promise<T> | undefined;
  #value: T | undefined;

  constructor(ask: () => Promise<T>) {
    this.#ask = ask;
  }

  /** The answer, asked for if there is none yet; a failure is told to those who wait and not kept. */
  async get(signal: AbortSignal | undefined): Promise<T> {
    throwIfAborted(signal);
    const answer = (this.#answer ??= this.#asked());
    if (signal === undefined) return answer;
    let leave = (): void => {};
    const left = new Promise<never>((_, reject) => {
      leave = () => reject(abortedError(signal));
      signal.addEventListener('abort', leave, { once: true });
    });
    try {
      return await Promise.race([answer, left]);
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  /** Lets the next one ask again, unless another call has since. */
  forget(value: T): void {
    if (this.#value !== value) return;
    this.#answer = undefined;
    this.#value = undefined;
  }

  async #asked(): Promise<T> {
    try {
      this.#value = await this.#ask();
      return this.#value;
    } catch (error) {
      this.#answer = undefined;
      throw error;
    }
  }
}
