import { abortedError } from '../core/index.js';

interface Waiting {
  readonly begin: () => void;
}

/** Lets so many work at a time; the others wait, and come in their order. */
export class Turns {
  readonly #most: number;
  readonly #waiting = new Set<Waiting>();
  #working = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Waits for a turn and returns what gives it back. Throws the signal's reason when it fires first. */
  async take(signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) throw abortedError(signal);
    if (this.#working >= this.#most) await this.#wait(signal);
    else this.#working += 1;
    let isTaken = false;
    return () => {
      if (isTaken) return;
      isTaken = true;
      this.#next();
    };
  }

  #next(): void {
    const [first] = this.#waiting;
    if (first === undefined) {
      this.#working -= 1;
      return;
    }
    this.#waiting.delete(first);
    first.begin();
  }

  async #wait(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(waiting);
        reject(abortedError(signal));
      };
      const waiting: Waiting = {
        begin: () => {
          signal.removeEventListener('abort', leave);
          resolve();
        },
      };
      this.#waiting.add(waiting);
      signal.addEventListener('abort', leave, { once: true });
    });
  }
}
