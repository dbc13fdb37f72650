import { SlipwayError } from './error.js';

/** How much a run may use. */
export interface Limits {
  /** Streams at work at the same time (files downloaded, blobs uploaded). */
  readonly concurrency: number;
  /** Worker threads for conversion and quantization. */
  readonly threads: number;
  /** Bytes that the process may take (resident memory): threads, buffers and windows are fitted into it. */
  readonly memory: number;
  /** Set where several runs share a process, whose code, engine and threads are not each run's to count. */
  readonly process?: ProcessMemory | undefined;
}

/** The memory of a process that carries out several runs, in bytes. */
export interface ProcessMemory {
  /** What it takes besides what its runs hold, threads included. */
  readonly base: number;
  /** What it may take with all its runs (resident memory). */
  readonly memory: number;
}

/** Small files that are on their way for each large one: they wait for answers and disks, and hold neither lines nor memory. */
const SMALL_FOR_ONE = 4;

/** How many small files may be on their way beside so many large ones. One at a time stays one at a time. */
export function smallAtOnce(concurrency: number): number {
  return concurrency <= 1 ? 1 : concurrency * SMALL_FOR_ONE;
}

/** The limits that are a number. */
type Amount = Exclude<keyof Limits, 'process'>;

const MIB = 1024 * 1024;

/** What each limit may be: from, to, in words. */
const BOUNDS: Readonly<Record<Amount, readonly [least: number, most: number, what: string]>> = {
  concurrency: [1, 1024, 'a number of streams from 1 to 1024'],
  threads: [1, 1024, 'a number of threads from 1 to 1024'],
  // Below this not even one row of a large model and its encoded form fit.
  memory: [MIB, Number.MAX_SAFE_INTEGER, 'a number of bytes, at least 1 MiB'],
};

/** The one place where a run's limits are checked, wherever they came from. Throws `CONFIG_INVALID`. */
export function checkedLimits(limits: Limits): Limits {
  for (const [name, [least, most, what]] of Object.entries(BOUNDS) as [Amount, (typeof BOUNDS)['memory']][]) {
    const value = limits[name];
    if (Number.isSafeInteger(value) && value >= least && value <= most) continue;
    throw new SlipwayError('CONFIG_INVALID', `the limit '${name}' must be ${what}`, {
      where: `limits.${name}`,
      got: String(value),
    });
  }
  return limits;
}
