import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { runKey, type RunKey } from './run-state.js';

/** Shares of the limit from which on short-lived garbage is collected, and all of it. */
const YOUNG_SHARE = 0.6;
const ALL_SHARE = 0.8;
/** Buffers that must have been made since the last collection, as a share of the limit: else there is little to collect. */
const WORTH_SHARE = 0.02;
/** The same for a collection of everything, and how many times its own time passes until the next one. */
const WORTH_ALL_SHARE = 0.06;
const RESTS = 10;
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

/** What code and engine take at most before a run begins: what a process holds beyond it has other uses. */
const PROGRAM = 128 * 2 ** 20;
/** Of that, what objects and buffers take at most, and what all the rest takes, about. */
const [PROGRAM_OBJECTS, CODE] = [40 * 2 ** 20, 52 * 2 ** 20];

/** What a process held for other uses when a run began, in bytes. It is not the run's to count, nor can the run give it back. */
export interface HostMemory {
  /** Resident memory. */
  readonly resident: number;
  /** Objects and buffers in use, and garbage. */
  readonly objects: number;
}

export const HOST_MEMORY: RunKey<HostMemory> = runKey('memory of the host');

/** What this process holds now for other uses than a run that is about to begin. */
export function hostMemory(): HostMemory {
  return {
    resident: Math.max(0, residentBytes() - PROGRAM),
    objects: Math.max(0, objectBytes() - PROGRAM_OBJECTS),
  };
}

function objectBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/**
 * What the process takes for its code, its engine, and what a run holds of vocabularies, headers and plans. Objects are counted, not
 * pages: what was let go stays resident, and is used again.
 */
export function programBytes(host: HostMemory): number {
  return CODE + Math.max(0, objectBytes() - host.objects);
}

/** Bytes of buffers, garbage included. The engine counts them itself: `process.memoryUsage` would ask the system, which takes a hundred times as long. */
function bufferBytes(): number {
  return getHeapStatistics().external_memory;
}

/** Bytes of this process that lie in memory now, those of its threads included. */
export function residentBytes(): number {
  return process.memoryUsage.rss();
}

/** Lets go of what is of no more use. Takes some tens of milliseconds. */
export function collectGarbage(): void {
  collectorOf()();
}

/**
 * Keeps garbage from filling a limit of resident memory: buffers of streams are garbage soon, and the engine, which does not know
 * of the limit, would let hundreds of megabytes of it come together. What is young is collected often, in a few milliseconds; all
 * of it holds everything up, so only when much has come together, and for a small share of the time.
 */
export class GarbageWatch {
  readonly #limit: number;

  /** `limit`: bytes of the process. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** To be called often, where buffers are made. */
  look(): void {
    const now = performance.now();
    if (now - state.lookedAt < LOOK_EVERY_MS) return;
    state.lookedAt = now;
    if (bufferBytes() - state.left < this.#limit * WORTH_SHARE) return;
    const resident = residentBytes();
    if (resident < this.#limit * YOUNG_SHARE) return;
    collectorOf()({ type: 'minor' });
    state.left = bufferBytes();
    if (resident < this.#limit * ALL_SHARE || now < state.restsUntil) return;
    if (state.left - state.allLeft < this.#limit * WORTH_ALL_SHARE) return;
    const begun = performance.now();
    collectorOf()();
    const ended = performance.now();
    state.restsUntil = ended + (ended - begun) * RESTS;
    state.left = state.allLeft = bufferBytes();
  }
}

/** The process's: several runs in it watch the same garbage. */
const state = {
  lookedAt: 0,
  /** Bytes of buffers that the last collection, and the last one of everything, left. */
  left: 0,
  allLeft: 0,
  /** Before this the next collection of everything would take too large a share of the time. */
  restsUntil: 0,
};
