/** How long a request may still take to end by itself once the work is stopped. */
const GRACE_MS = 3000;

/**
 * A stop that lets a request which can end in order do so, for a moment: a registry keeps what it got of one that ends, and
 * may lose all of an upload whose request was cut.
 */
export class SoftStop {
  readonly #stop: AbortSignal | undefined;
  readonly #hard = new AbortController();
  #softened = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(stop: AbortSignal | undefined) {
    this.#stop = stop;
    stop?.addEventListener('abort', this.#onStop, { once: true });
    if (stop?.aborted === true) this.#onStop();
  }

  /** For requests: fires with the stop, or a moment later while one of {@link SoftStop.soften} is under way. */
  get signal(): AbortSignal {
    return this.#hard.signal;
  }

  get isStopped(): boolean {
    return this.#stop?.aborted === true;
  }

  /** Runs what can end in order after a stop. */
  async soften<T>(work: () => Promise<T>): Promise<T> {
    this.#softened++;
    try {
      return await work();
    } finally {
      this.#softened--;
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#stop?.removeEventListener('abort', this.#onStop);
  }

  readonly #onStop = (): void => {
    const cut = (): void => this.#hard.abort(this.#stop?.reason);
    if (this.#softened === 0) return cut();
    this.#timer = setTimeout(cut, GRACE_MS);
    // A process that is at its end is not held up by it.
    this.#timer.unref();
  };
}
