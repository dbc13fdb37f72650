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
  /** The latest of what was too soon: the end of a run is told from where everything really is. */
  readonly #heldBack = new Map<string, UnstampedEvent>();
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
    if (event.type === 'stage.end' || event.type === 'error' || event.type === 'run.end') this.catchUp();
    this.#ended = event.type === 'run.end';
    this.#tell(event);
  }

  /** Tells what was held back because it came too soon. */
  catchUp(): void {
    const held = [...this.#heldBack.values()];
    this.#heldBack.clear();
    for (const event of held) this.#tell(event);
  }

  /** A listener that throws, or rejects, has no say in how a run ends. */
  #tell(event: UnstampedEvent): void {
    const stamped = this.#stamp(event);
    for (const listener of this.#listeners.slice()) {
      try {
        const answer: unknown = listener(stamped);
        if (answer instanceof Promise) answer.catch((error: unknown) => this.#drop(listener, error));
      } catch (error) {
        this.#drop(listener, error);
      }
    }
  }

  /** A listener that failed is told nothing further, and the others are told of it. */
  #drop(listener: (event: RunEvent) => void, error: unknown): void {
    const index = this.#listeners.indexOf(listener);
    if (index < 0) return;
    this.#listeners.splice(index, 1);
    const reason = error instanceof Error ? error.message : String(error);
    const message = `a listener of the run's events threw and is told nothing further: ${reason}`;
    if (!this.#ended) this.#tell({ type: 'warning', code: 'LISTENER_FAILED', message });
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
    if (event.type === 'item.end' || event.type === 'item.skip' || event.type === 'item.reset') {
      this.#lastProgress.delete(`${event.stage}\n${event.id}`);
      this.#heldBack.delete(`${event.stage}\n${event.id}`);
    }
    if (event.type !== 'item.progress') return false;
    const key = `${event.stage}\n${event.id}`;
    const now = this.#options.now();
    const last = this.#lastProgress.get(key);
    const isSoon = last !== undefined && now - last < PROGRESS_INTERVAL_MS;
    if (isSoon) this.#heldBack.set(key, event);
    else this.#heldBack.delete(key);
    if (isSoon) return true;
    this.#lastProgress.set(key, now);
    return false;
  }
}
