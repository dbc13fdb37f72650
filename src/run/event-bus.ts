import { redactSent, type RunEvent, type StageEvent } from '../core/index.js';

/** At most four progress events a second for one item. */
const PROGRESS_INTERVAL_MS = 250;

/** An event before the bus has stamped it. */
type Unstamped<E> = E extends RunEvent ? Omit<E, 'v' | 'ts' | 'run'> : never;
export type UnstampedEvent = StageEvent | Unstamped<RunEvent>;

/** What a bus needs to know. */
export interface EventBusOptions {
  readonly run: string;
  readonly clock: () => Date;
  /** Milliseconds, for the pace of progress events. */
  readonly now: () => number;
  readonly redact: (text: string) => string;
}

/** Stamps what stages tell, slows progress down to a readable pace, and hands it to every listener in order. */
export class EventBus {
  readonly #options: EventBusOptions;
  readonly #listeners: ((event: RunEvent) => void)[] = [];
  readonly #lastProgress = new Map<string, number>();
  #ended = false;

  constructor(options: EventBusOptions) {
    this.#options = options;
  }

  subscribe(listener: (event: RunEvent) => void): void {
    this.#listeners.push(listener);
  }

  /** Passes an event on. After `run.end` nothing follows. */
  emit(event: UnstampedEvent): void {
    if (this.#ended || this.#tooSoon(event)) return;
    this.#ended = event.type === 'run.end';
    const stamped = this.#stamp(event);
    for (const listener of this.#listeners) listener(stamped);
  }

  #stamp(event: UnstampedEvent): RunEvent {
    const { run, clock, redact } = this.#options;
    const stamped = { v: 1, ts: clock().toISOString(), run, ...event } as RunEvent;
    // Progress and tensors are many and carry no free text.
    if (event.type === 'item.progress' || event.type === 'tensor') return stamped;
    const text = JSON.stringify(stamped);
    const clean = redactSent(redact(text));
    return clean === text ? stamped : (JSON.parse(clean) as RunEvent);
  }

  #tooSoon(event: UnstampedEvent): boolean {
    if (event.type === 'item.end') this.#lastProgress.delete(`${event.stage}\n${event.id}`);
    if (event.type !== 'item.progress') return false;
    const key = `${event.stage}\n${event.id}`;
    const now = this.#options.now();
    const last = this.#lastProgress.get(key);
    if (last !== undefined && now - last < PROGRESS_INTERVAL_MS) return true;
    this.#lastProgress.set(key, now);
    return false;
  }
}
