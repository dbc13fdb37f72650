import type { RunEvent } from '../core/index.js';

/** Events that wait for a slow reader; beyond, progress is left out. */
const MOST_WAITING = 1000;

/** The events of a run for one reader. It ends after `run.end`; a reader that leaves early takes itself off. */
export class EventStream implements AsyncIterableIterator<RunEvent> {
  readonly #waiting: RunEvent[] = [];
  readonly #leave: (stream: EventStream) => void;
  #wake: (() => void) | undefined;
  #ended = false;

  constructor(leave: (stream: EventStream) => void) {
    this.#leave = leave;
  }

  push(event: RunEvent): void {
    if (this.#ended || (event.type === 'item.progress' && this.#waiting.length >= MOST_WAITING)) return;
    this.#waiting.push(event);
    this.#wake?.();
  }

  /** Nothing follows what waits. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async next(): Promise<IteratorResult<RunEvent, undefined>> {
    for (;;) {
      const event = this.#waiting.shift();
      if (event !== undefined) return { value: event, done: false };
      if (this.#ended) return { value: undefined, done: true };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async return(): Promise<IteratorResult<RunEvent, undefined>> {
    this.end();
    this.#waiting.length = 0;
    this.#leave(this);
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
