import { setMaxListeners } from 'node:events';
import { SlipwayError, toSlipwayError, type RunEvent } from '../core/index.js';
import type { RunResult } from '../run/index.js';
import { EventStream } from './event-stream.js';

/** Where a run stands: it waits for its turn, works, or has ended in one of three ways. */
export type RunState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

/** What a list of runs says of one. */
export interface RunInfo {
  /** Name of the run, and of its record. */
  readonly id: string;
  readonly name: string;
  readonly state: RunState;
  readonly queuedAt: Date;
  readonly startedAt: Date | undefined;
  readonly endedAt: Date | undefined;
  /** What stopped it. */
  readonly error: SlipwayError | undefined;
}

/** A run that a service was asked for. */
export interface RunHandle<O = unknown> {
  readonly id: string;
  readonly info: RunInfo;
  /** Rejects with the SlipwayError that stopped the run. A rejection without a listener ends no process. */
  readonly result: Promise<RunResult<O>>;
  /** Stops the run (`ABORTED`), or takes it out of the queue. What it did is kept for the next one. */
  cancel(reason?: string): void;
  /** What happens from now on; the loop over it ends with the run. */
  events(): AsyncIterableIterator<RunEvent>;
}

/** A run with what the service needs to carry it out. */
export class ServiceRun<O> implements RunHandle<O> {
  readonly id: string;
  readonly result: Promise<RunResult<O>>;
  readonly #name: string;
  readonly #interrupt = new AbortController();
  readonly #streams = new Set<EventStream>();
  readonly #queuedAt = new Date();
  #startedAt: Date | undefined;
  #endedAt: Date | undefined;
  #state: RunState = 'queued';
  #error: SlipwayError | undefined;

  /** `work` begins at once, and waits for its turn itself. */
  constructor(id: string, name: string, work: (run: ServiceRun<O>) => Promise<RunResult<O>>) {
    this.id = id;
    this.#name = name;
    setMaxListeners(0, this.#interrupt.signal);
    this.result = this.#carryOut(work);
    this.result.catch(() => {});
  }

  get info(): RunInfo {
    return {
      id: this.id,
      name: this.#name,
      state: this.#state,
      queuedAt: this.#queuedAt,
      startedAt: this.#startedAt,
      endedAt: this.#endedAt,
      error: this.#error,
    };
  }

  get signal(): AbortSignal {
    return this.#interrupt.signal;
  }

  cancel(reason = 'cancelled'): void {
    this.#interrupt.abort(new SlipwayError('ABORTED', reason));
  }

  events(): AsyncIterableIterator<RunEvent> {
    const stream = new EventStream((ended) => this.#streams.delete(ended));
    if (this.#endedAt === undefined) this.#streams.add(stream);
    else stream.end();
    return stream;
  }

  /** Its turn has come. */
  begin(): void {
    this.#state = 'running';
    this.#startedAt = new Date();
  }

  deliver(event: RunEvent): void {
    for (const stream of this.#streams) stream.push(event);
  }

  async #carryOut(work: (run: ServiceRun<O>) => Promise<RunResult<O>>): Promise<RunResult<O>> {
    try {
      // The handle is complete before the work has a look at it.
      await Promise.resolve();
      const result = await work(this);
      this.#state = 'done';
      return result;
    } catch (thrown) {
      this.#error = toSlipwayError(thrown);
      this.#state = this.#interrupt.signal.aborted ? 'cancelled' : 'failed';
      throw this.#error;
    } finally {
      this.#endedAt = new Date();
      for (const stream of this.#streams) stream.end();
      this.#streams.clear();
    }
  }
}
