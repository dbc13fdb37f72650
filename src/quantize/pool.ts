import pLimit from 'p-limit';
import { abortedError, assetPath, GarbageWatch, SlipwayError, threadsStepBack, throwIfAborted } from '../core/index.js';
import type { EncodeTask, EngineChoice, PlacedTask, WorkerSetup } from '../../workers/messages.js';
import { rowsIn, type NamedMemory } from '../../workers/row-memory.js';
import { rowSize } from '../gguf/index.js';
import type { EncodeJob, LentRows, RowEncoder } from './encoder.js';
import { engineChoice, type KernelChoice } from './engine-choice.js';
import { widenFew } from './few-floats.js';
import type { LlamaEnvironment } from './llama-library.js';
import { prepareSetup } from './pool-kernels.js';
import { toRows, toTask } from './pool-task.js';
import { JobRoom } from './job-room.js';
import type { EncoderThreads } from './pool-threads.js';
import type { RowMemories } from './row-memories.js';
import { WarmThreads } from './warm-threads.js';

export interface EncoderPoolOptions {
  /** Worker threads. */
  readonly threads: number;
  /**
   * Default `auto`: the native kernels where there are any for this machine, else WebAssembly; the scalar twins where a
   * type has no compiled kernel. `llama.cpp` is slower; it serves to have llama.cpp itself compute.
   */
  readonly engine?: EngineChoice;
  /** Older spelling of `engine`, which wins; `native` there stands for llama.cpp. */
  readonly kernel?: KernelChoice;
  /** Where the engine `llama.cpp` finds the path of its library: the program's environment, or part of it. */
  readonly env?: LlamaEnvironment;
  /** Bytes that rows in flight may take together; nothing limits them without it. */
  readonly jobBytes?: number;
  /** Weights of one job, at most. */
  readonly chunkWeights?: number;
  /** Bytes that the whole process may take: garbage is collected before it fills them. */
  readonly residentBytes?: number;
  /** Milliseconds without a job after which threads end and memory is let go until the next; 30,000 unless given. */
  readonly idleMs?: number;
  /** The worker's file, for tests of what happens when one dies. */
  readonly entry?: string;
}

/** Memories for rows, at most: each takes gigabytes of addresses. */
const MEMORIES = 64;

/** Threads stay warm for so long from one run to the next. */
const IDLE_MS = 30_000;

/** A {@link RowEncoder} on worker threads. */
export interface EncoderPool extends RowEncoder {
  /** Ends the threads; jobs under way fail with `ABORTED`. */
  close(): Promise<void>;
}

/**
 * Starts worker threads on the first job. At most two jobs a thread are in flight, further ones wait;
 * an aborted job ends at once, together with the thread that worked on it, which is replaced.
 */
export function createEncoderPool(options: EncoderPoolOptions): EncoderPool {
  const { threads, env = {}, entry, jobBytes, chunkWeights, residentBytes, idleMs = IDLE_MS } = options;
  const engine = engineChoice(options);
  const garbage = residentBytes === undefined ? undefined : new GarbageWatch(residentBytes);
  const width = Math.max(1, threads) * 2;
  const slots = pLimit({ concurrency: width, rejectOnClear: true });
  const warm = new WarmThreads({
    memories: Math.min(MEMORIES, 4 * width),
    idleMs,
    start: async (memories) => {
      const { startThreads } = await import('./pool-threads.js');
      const workerData: WorkerSetup = {
        ...(await prepareSetup(engine, env)),
        memories,
        stepsBack: threadsStepBack(),
      };
      return startThreads(entry ?? assetPath('threads/encode.js'), Math.max(1, threads), workerData);
    },
  });
  let closed = false;

  async function run(
    job: EncodeJob,
    task: EncodeTask,
    lend: boolean,
    signal: AbortSignal | undefined,
  ): Promise<LentRows> {
    throwIfAborted(signal);
    if (closed) throw closedError();
    return warm.work(async (pool, memories) => encodePlaced(pool, memories, { job, task, lend }, signal));
  }

  async function queued(job: EncodeJob, lend: boolean, signal: AbortSignal | undefined): Promise<LentRows> {
    const task = toTask(job);
    if (closed) throw closedError();
    const widened = signal?.aborted === true ? undefined : widenFew(job);
    if (widened !== undefined) {
      warm.memories.drop(job.input);
      return { bytes: widened, release() {} };
    }
    // A job that still waits when the pool is closed is rejected by the limiter.
    return slots(() => run(job, task, lend, signal)).catch((error: unknown) => {
      throw explain(error, job, signal, closed);
    });
  }

  return {
    width,
    room: new JobRoom(jobBytes, garbage === undefined ? undefined : () => garbage.look()),
    chunkWeights,
    lendRows: (byteLength) => warm.memories.lend(byteLength),
    dropRows: (rows) => warm.memories.drop(rows),
    prepare() {
      if (!closed) warm.prepare();
    },
    encode: async (job, signal) => (await queued(job, false, signal)).bytes,
    encodeLent: (job, signal) => queued(job, true, signal),
    async close() {
      closed = true;
      slots.clearQueue();
      await warm.close();
    },
  };
}

/** Has a thread encode where the rows are, if that is memory it sees; otherwise they are sent to it. */
async function encodePlaced(
  pool: EncoderThreads,
  memories: RowMemories,
  { job, task, lend }: { readonly job: EncodeJob; readonly task: EncodeTask; readonly lend: boolean },
  signal: AbortSignal | undefined,
): Promise<LentRows> {
  const place = memories.take(job.input);
  const outcome =
    place === undefined
      ? await pool.runMoved(task, signal)
      : await pool.run(placed(task, memories.named(place), lend && isShorter(job)), signal);
  if ('rounding' in outcome && outcome.rounding !== undefined) job.compare?.add(outcome.rounding);
  // Not after a failure: a thread that is being ended may still write there.
  const giveBack = (): void => (place === undefined ? undefined : memories.giveBack(place));
  if (place !== undefined && outcome.kind === 'in-place') {
    return { bytes: rowsIn(place.memory, outcome.byteLength), release: giveBack };
  }
  giveBack();
  return { bytes: toRows(job, outcome), release() {} };
}

/** A task whose rows lie in memory that the worker sees, too. */
function placed({ input, ...task }: EncodeTask, place: NamedMemory, inPlace: boolean): PlacedTask {
  return { ...task, place, byteLength: input.byteLength, inPlace };
}

/** Whether results fit where the rows were. */
function isShorter({ from, to, rowLength }: EncodeJob): boolean {
  return rowSize(to, rowLength) <= rowSize(from, rowLength);
}

function explain(error: unknown, job: EncodeJob, signal: AbortSignal | undefined, closed: boolean): SlipwayError {
  if (SlipwayError.is(error)) return error;
  if (signal?.aborted === true) return abortedError(signal);
  if (closed) return closedError();
  return new SlipwayError('WORKER_DIED', `the worker that encoded "${job.tensor}" to ${job.to} died`, { cause: error });
}

function closedError(): SlipwayError {
  return new SlipwayError('ABORTED', 'the encoder pool was closed');
}
