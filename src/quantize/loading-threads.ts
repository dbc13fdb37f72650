import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';

/** The longest wait for a thread that should have its modules, ms. */
const LOADING_LIMIT = 10_000;

/**
 * Threads that still load their modules. Node 20 can crash when such a one is terminated, so a pool that is closed at
 * once waits for them.
 */
export class LoadingThreads {
  readonly #known = new Set<Worker>();
  readonly #loading = new Set<Promise<unknown>>();

  watch(threads: readonly Worker[]): void {
    for (const thread of threads) {
      if (this.#known.has(thread)) continue;
      this.#known.add(thread);
      // The first message says that the thread is ready; one that ends before has nothing left to crash.
      const loaded = new Promise<void>((resolve) => {
        thread.once('message', () => resolve());
        thread.once('exit', () => resolve());
      });
      this.#loading.add(loaded);
      void loaded.then(() => this.#loading.delete(loaded));
    }
  }

  /** Takes note of a thread, by its number, that is ready. */
  loaded(threads: readonly Worker[], id: number): void {
    for (const thread of threads) if (thread.threadId === id) this.#known.add(thread);
  }

  async settled(): Promise<void> {
    if (this.#loading.size === 0) return;
    await Promise.race([Promise.all(this.#loading), sleep(LOADING_LIMIT, undefined, { ref: false })]);
  }
}
