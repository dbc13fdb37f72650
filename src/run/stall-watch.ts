import { SlipwayError, type RunEvent, type StageEvent } from '../core/index.js';
import { formatBytes, formatDuration } from './units.js';

/** When a run counts as stuck, and what then. */
export interface StallOptions {
  /** Milliseconds in which nothing moves. */
  readonly after: number;
  /** End the run (`STALLED`); otherwise a warning says on what it waits, again after every such time. */
  readonly end?: boolean;
}

/** Looks a tenth of the time, and at least so often. */
const LONGEST_LOOK_MS = 5000;
/** Items named. */
const SHOWN = 3;

interface ActiveItem {
  readonly stage: string;
  readonly name: string;
  done: number;
  readonly total: number | null;
}

/**
 * Notices that a run makes no progress: no byte of an item moves, no tensor is written, no stage begins or ends. Requests
 * that are repeated are no progress; the last of them is what it waits on.
 */
export class StallWatch {
  readonly #options: StallOptions;
  readonly #emit: (event: StageEvent) => void;
  readonly #interrupt = new AbortController();
  readonly #active = new Map<string, ActiveItem>();
  #retry: string | undefined;
  #stage = 'the plan';
  #movedAt = 0;
  #toldAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: StallOptions, emit: (event: StageEvent) => void) {
    this.#options = options;
    this.#emit = emit;
  }

  /** Fires when the run is to end. */
  get signal(): AbortSignal {
    return this.#interrupt.signal;
  }

  start(): void {
    this.#movedAt = performance.now();
    this.#toldAt = this.#movedAt;
    const look = Math.max(10, Math.min(LONGEST_LOOK_MS, this.#options.after / 10));
    this.#timer = setInterval(() => this.#look(), look);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Takes the next event of the run. */
  add(event: RunEvent): void {
    switch (event.type) {
      case 'retry':
        this.#retry = `${event.stage} ${event.id}: ${event.message}`;
        return;
      case 'item.start':
        this.#active.set(keyOf(event), { stage: event.stage, name: event.name, done: 0, total: event.total });
        return this.#moved();
      case 'item.progress': {
        const item = this.#active.get(keyOf(event));
        if (item === undefined || event.done !== item.done || event.moved !== undefined) this.#moved();
        if (item !== undefined) item.done = event.done;
        return;
      }
      case 'item.end':
      case 'item.skip':
        this.#active.delete(keyOf(event));
        return this.#moved();
      case 'stage.start':
        this.#stage = event.stage;
        return this.#moved();
      case 'stage.end':
      case 'tensor':
      case 'artifact':
      case 'change':
      case 'plan':
        return this.#moved();
      default:
    }
  }

  #moved(): void {
    this.#movedAt = performance.now();
    this.#toldAt = this.#movedAt;
    this.#retry = undefined;
  }

  #look(): void {
    const now = performance.now();
    if (now - this.#toldAt < this.#options.after) return;
    this.#toldAt = now;
    const message = `no progress for ${formatDuration(now - this.#movedAt)}: ${this.#waitsOn()}`;
    if (this.#options.end !== true) {
      this.#emit({ type: 'warning', code: 'STALLED', message });
      return;
    }
    this.stop();
    const error = new SlipwayError('STALLED', message, {
      try: 'run again: it goes on where it stopped',
      retryable: true,
    });
    this.#interrupt.abort(error);
  }

  #waitsOn(): string {
    const items = [...this.#active.values()];
    const named = items.slice(0, SHOWN).map(({ stage, name, done, total }) => {
      const of = total === null ? '' : ` of ${formatBytes(total)}`;
      return `${stage} '${name}' at ${formatBytes(done)}${of}`;
    });
    const more = items.length > SHOWN ? ` and ${items.length - SHOWN} more` : '';
    const what = named.length === 0 ? `it waits on ${this.#stage}` : `it waits on ${named.join(', ')}${more}`;
    return this.#retry === undefined ? what : `${what}; last: ${this.#retry}`;
  }
}

function keyOf({ stage, id }: { readonly stage: string; readonly id: string }): string {
  return `${stage}\n${id}`;
}
