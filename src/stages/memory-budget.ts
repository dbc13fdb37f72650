import type { Limits } from '../core/index.js';

const MIB = 2 ** 20;
/** A thread with its modules and kernels, measured with Node 20. */
export const THREAD: number = 13 * MIB;
/** The thread that hashes, connections, the engine's young objects, and what it compiles while it runs. */
const FIXED = 72 * MIB;
/** One variant on its way: the ring of its hash, rows that were encoded, what the socket has not taken yet. */
const VARIANT = 10 * MIB;
/** Garbage that has not been collected yet, as a share of the limit: what is kept free for it, and the least that must be. */
export const GARBAGE = 0.14;
const LEAST_GARBAGE = 0.06;
/** The same of several variants, whose streams leave holes in the C library's heap besides. */
const GARBAGE_OF_SEVERAL = 0.3;
/** The least that a reader of tensors needs: rows, as floats, encoded. Each variant has two: one tensor ends, the next begins. */
const LEAST_JOB = 1.5 * MIB;
const READERS = 2;
/** What variants share of the source: the least, and what more of has no use. */
const [LEAST_WINDOW, MOST_WINDOW] = [4 * MIB, 64 * MIB];
/** Jobs in flight that keep a thread busy. */
const JOBS_OF_THREAD = 4;
/** Bytes that a weight takes in a job: as stored and encoded, besides the floats of a part of them. */
const WEIGHT = 4;
const [FEWEST_WEIGHTS, MOST_WEIGHTS] = [64 * 1024, 1024 * 1024];

/** How a limit of resident memory is shared out. Sizes in bytes. */
export interface MemoryBudget {
  /** Threads that fit, at most those of the limits. */
  readonly threads: number;
  /** Rows in flight, all variants together. */
  readonly jobs: number;
  /** Weights of one job, at most. */
  readonly chunkWeights: number;
  /** Segments of the source that several variants share. */
  readonly window: number;
  readonly segment: number;
  /** What is kept of sources that are read in another order than their own. */
  readonly held: number;
  /** The smallest limit with which this would run. */
  readonly least: number;
}

/** Shares the limit out among threads, rows and what is kept of the source. `resident`: what the process takes before it begins. */
export function memoryBudget(limits: Limits, variants: number, resident: number): MemoryBudget {
  const readers = READERS * Math.max(1, variants);
  const shares = variants > 1;
  const { process: shared } = limits;
  // Threads and garbage of a process with several runs are in what it takes without them.
  const thread = shared === undefined ? THREAD : 0;
  const garbage = shared === undefined ? (shares ? GARBAGE_OF_SEVERAL : GARBAGE) : 0;
  const fixed = (shared?.base ?? resident + FIXED) + Math.max(1, variants) * VARIANT;
  const smallest = fixed + thread + readers * LEAST_JOB + (shares ? LEAST_WINDOW : 0);
  const free = Math.max(0, limits.memory * (1 - garbage) - fixed);
  const fitting = shared === undefined ? Math.floor((free * 0.6) / THREAD) : limits.threads;
  const threads = Math.max(1, Math.min(limits.threads, fitting));
  const rest = Math.max(0, free - threads * thread);
  const window = shares ? Math.min(MOST_WINDOW, Math.max(LEAST_WINDOW, rest * 0.35)) : 0;
  const useful = (readers + JOBS_OF_THREAD * threads) * MOST_WEIGHTS * WEIGHT;
  const jobs = Math.max(readers * LEAST_JOB, Math.min(useful, (rest - window) * 0.5));
  const each = jobs / (readers + 2 * threads) / WEIGHT;
  return {
    threads,
    jobs,
    chunkWeights: Math.min(MOST_WEIGHTS, Math.max(FEWEST_WEIGHTS, Math.floor(each))),
    window,
    segment: Math.min(4 * MIB, Math.max(MIB / 2, window / 8)),
    held: Math.max(0, rest - window - jobs),
    least: Math.ceil(smallest / (1 - (shared === undefined ? LEAST_GARBAGE : 0))),
  };
}

/** What a process takes for so many threads and for work of its own, besides its code and what its runs hold. */
export function memoryBesideRuns(memory: number, threads: number): number {
  return FIXED + threads * THREAD + Math.ceil(memory * GARBAGE);
}
