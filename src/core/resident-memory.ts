import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Shares of the limit from which on short-lived garbage is collected, and all of it. */
const YOUNG_SHARE = 0.68;
const ALL_SHARE = 0.8;
/** Buffers that must have been made since the last collection, as a share of the limit: else there is little to collect. */
const WORTH_SHARE = 0.03;
/** Looks in between cost more than they find, ms. */
const LOOK_EVERY_MS = 10;

type Collect = (options?: { readonly type: 'minor' }) => void;

let collector: Collect | undefined;

/** The engine's own collection of garbage. The flag makes it visible in new contexts only: nothing global changes. */
function collectorOf(): Collect {
  if (collector === undefined) {
    setFlagsFromString('--expose-gc');
    collector = runInNewContext('gc') as Collect;
    setFlagsFromString('--no-expose-gc');
  }
  return collector;
}

/** Bytes of this process that lie in memory now, those of its threads included. */
export function residentBytes(): number {
  return process.memoryUsage.rss();
}

/** The same without garbage. Takes some tens of milliseconds. */
export function residentBytesInUse(): number {
  collectorOf()();
  return residentBytes();
}

/**
 * Keeps garbage from filling a limit of resident memory: buffers of streams are garbage soon, and the engine, which does not know
 * of the limit, would let hundreds of megabytes of it come together.
 */
export class GarbageWatch {
  readonly #limit: number;
  #lookedAt = 0;
  /** Bytes of buffers that the last collection left. */
  #left = 0;

  /** `limit`: bytes of the process. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** To be called often, where buffers are made. */
  look(): void {
    const now = performance.now();
    if (now - this.#lookedAt < LOOK_EVERY_MS) return;
    this.#lookedAt = now;
    const resident = residentBytes();
    if (resident < this.#limit * YOUNG_SHARE) return;
    if (process.memoryUsage().external - this.#left < this.#limit * WORTH_SHARE) return;
    collectorOf()(resident < this.#limit * ALL_SHARE ? { type: 'minor' } : undefined);
    this.#left = process.memoryUsage().external;
  }
}
