import { move, Piscina, transferableSymbol, valueSymbol } from 'piscina';
import type { Worker } from 'node:worker_threads';
import type { EncodeOutcome, EncodeTask, PlacedTask, WorkerSetup } from '../../workers/messages.js';

/** Young objects of a thread: rows lie elsewhere, and messages are small. */
const YOUNG_MIB = 2;

/** The threads of a pool. They are loaded with the first job: much that the program does needs none. */
export interface EncoderThreads {
  readonly threads: readonly Worker[];
  run(task: PlacedTask, signal: AbortSignal | undefined): Promise<EncodeOutcome>;
  /** A task whose input changes hands instead of being copied, where it owns its whole buffer. */
  runMoved(task: EncodeTask, signal: AbortSignal | undefined): Promise<EncodeOutcome>;
  /** Calls `listener` with the number of each replacement that has loaded. */
  onReplaced(listener: (id: number) => void): void;
  close(): Promise<void>;
}

/** Starts `count` threads. */
export function startThreads(filename: string, count: number, workerData: WorkerSetup): EncoderThreads {
  const pool = new Piscina({
    filename,
    workerData,
    minThreads: count,
    maxThreads: count,
    recordTiming: false,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
  });
  // A thread that is being ended may still answer a job that was aborted: that answer is dropped.
  pool.on('error', () => {});
  const run = async (task: unknown, signal: AbortSignal | undefined): Promise<EncodeOutcome> =>
    (await pool.run(task, { signal: signal ?? null })) as EncodeOutcome;
  return {
    get threads() {
      return pool.threads;
    },
    run,
    runMoved: (task, signal) => run(moved(task), signal),
    onReplaced: (listener) => void pool.on('workerCreate', ({ id }: { readonly id: number }) => listener(id)),
    close: () => pool.destroy(),
  };
}

function moved(task: EncodeTask): unknown {
  const { buffer, byteLength } = task.input;
  const owned = buffer instanceof ArrayBuffer && byteLength === buffer.byteLength ? task.input : task.input.slice();
  return move({ [valueSymbol]: { ...task, input: owned }, [transferableSymbol]: owned.buffer });
}
