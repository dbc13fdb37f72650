/** What a job in flight takes until it is given back. */
export interface TakenRoom {
  release(): void;
}

/**
 * Bytes that jobs in flight may take together. A reader's first job never waits: readers wait for each other's rows, and one
 * that held none could hold up all others. So what is taken may be above the limit by one job a reader.
 */
export class JobRoom {
  readonly #bytes: number;
  readonly #onTaken: (() => void) | undefined;
  #taken = 0;

  /** `onTaken` is called with every job: what keeps memory in bounds looks at it then. */
  constructor(bytes: number = Number.POSITIVE_INFINITY, onTaken?: () => void) {
    this.#bytes = bytes;
    this.#onTaken = onTaken;
  }

  /** Room for a reader's first job. */
  take(bytes: number): TakenRoom {
    this.#taken += bytes;
    this.#onTaken?.();
    let isHeld = true;
    return {
      release: () => {
        if (isHeld) this.#taken -= bytes;
        isHeld = false;
      },
    };
  }

  /** Room for a further one, or `undefined` when there is none now. */
  tryTake(bytes: number): TakenRoom | undefined {
    return this.#taken + bytes <= this.#bytes ? this.take(bytes) : undefined;
  }
}
