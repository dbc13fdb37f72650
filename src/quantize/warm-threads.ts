import { letGoOfSpares } from '../core/index.js';
import type { RowMemory } from '../../workers/row-memory.js';
import { LoadingThreads } from './loading-threads.js';
import type { EncoderThreads } from './pool-threads.js';
import { RowMemories } from './row-memories.js';

export interface WarmThreadsOptions {
  /** Starts threads that know these memories. */
  readonly start: (memories: readonly RowMemory[]) => Promise<EncoderThreads>;
  /** Memories that threads are started with. */
  readonly memories: number;
  /** Milliseconds without a job after which all is let go until the next one. */
  readonly idleMs: number;
}

/**
 * The threads of a pool with the memories that they share, from the first job on. What is not used for a while is let go:
 * a process that stays for weeks between two conversions holds nothing for them.
 */
export class WarmThreads {
  readonly #options: WarmThreadsOptions;
  #memories: RowMemories;
  #loading = new LoadingThreads();
  #started: Promise<EncoderThreads> | undefined;
  #ending: Promise<void> = Promise.resolve();
  #jobs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WarmThreadsOptions) {
    this.#options = options;
    this.#memories = new RowMemories(options.memories);
  }

  /** The memories of the threads that the next job goes to. */
  get memories(): RowMemories {
    return this.#memories;
  }

  /** Whether there are threads now. */
  get isWarm(): boolean {
    return this.#started !== undefined;
  }

  /** Starts the threads, unless they are there. */
  prepare(): void {
    this.#threads().catch(() => {});
    if (this.#jobs === 0) this.#wait();
  }

  /** Does a job with the threads, and keeps them as long as it takes. */
  async work<T>(job: (threads: EncoderThreads, memories: RowMemories) => Promise<T>): Promise<T> {
    clearTimeout(this.#timer);
    this.#jobs += 1;
    try {
      const memories = this.#memories;
      return await job(await this.#threads(), memories);
    } finally {
      this.#jobs -= 1;
      if (this.#jobs === 0) this.#wait();
    }
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#end();
    await this.#ending;
  }

  #threads(): Promise<EncoderThreads> {
    this.#started ??= this.#start();
    return this.#started;
  }

  async #start(): Promise<EncoderThreads> {
    const loading = this.#loading;
    const pool = await this.#options.start(this.#memories.known);
    loading.watch(pool.threads);
    // A replacement is announced when it has loaded.
    pool.onReplaced((id) => loading.loaded(pool.threads, id));
    return pool;
  }

  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#letGo(), this.#options.idleMs);
    // Not a reason for the process to stay.
    this.#timer.unref();
  }

  /** Rows that are lent still are copied when their job comes: other threads do not know their memory. */
  #letGo(): void {
    this.#end();
    this.#memories = new RowMemories(this.#options.memories);
    this.#loading = new LoadingThreads();
    void this.#ending.then(letGoOfSpares);
  }

  #end(): void {
    const [started, loading, before] = [this.#started, this.#loading, this.#ending];
    this.#started = undefined;
    this.#ending = endThreads(started, loading, before);
  }
}

async function endThreads(
  started: Promise<EncoderThreads> | undefined,
  loading: LoadingThreads,
  before: Promise<void>,
): Promise<void> {
  await before;
  // Threads that could not be started have told their jobs so, and there is nothing to end.
  const pool = await started?.catch(() => undefined);
  if (pool === undefined) return;
  loading.watch(pool.threads);
  await loading.settled();
  await pool.close();
}
