import {
  createEncoderPool,
  engineChoice,
  type EncoderPool,
  type EncoderPoolOptions,
  type RowEncoder,
} from '../quantize/index.js';

/** A pool's encoder as one context uses it. */
export interface EncoderHandle {
  readonly encoder: RowEncoder;
  /** Ends the threads when no other context uses them. */
  release(): Promise<void>;
}

interface SharedPool {
  readonly pool: EncoderPool;
  users: number;
  /** Users that encode; one that only keeps the threads warm does not. */
  working: number;
}

const pools = new Map<string, SharedPool>();

/** Gives back what a forgotten context used, when nothing that could still encode is left of it. */
const forgotten = new FinalizationRegistry<() => Promise<void>>((release) => void release().catch(() => {}));

/**
 * The process's pool of worker threads for these options: contexts that live at the same time share it, so that any number
 * of them has as many threads as one. The handle, not the context, is what it lives by: files that are read later hold it.
 */
export function sharedEncoder(options: EncoderPoolOptions, use: 'encode' | 'keep warm' = 'encode'): EncoderHandle {
  const { threads, env = {} } = options;
  const engine = engineChoice(options);
  // llama.cpp is the library that the environment names. How memory is shared out is the first context's.
  const key = JSON.stringify([threads, engine, engine === 'llama.cpp' ? env : null]);
  const shared = pools.get(key) ?? { pool: createEncoderPool(options), users: 0, working: 0 };
  pools.set(key, shared);
  shared.users++;
  const works = use === 'encode' ? 1 : 0;
  shared.working += works;
  let released = false;
  const release = async (): Promise<void> => {
    if (released) return;
    released = true;
    shared.working -= works;
    if (--shared.users > 0) return;
    if (pools.get(key) === shared) pools.delete(key);
    await shared.pool.close();
  };
  const encoder = handleOf(shared);
  forgotten.register(encoder, release);
  return { encoder, release };
}

/** Each user keeps its share of the jobs in flight: together they hold no more rows than one would, and wait alike. */
function handleOf(shared: SharedPool): RowEncoder {
  const { pool } = shared;
  const { prepare, lendRows, dropRows, encodeLent } = pool;
  return {
    get width() {
      return Math.max(1, Math.floor(pool.width / shared.working));
    },
    room: pool.room,
    chunkWeights: pool.chunkWeights,
    encode: (job, signal) => pool.encode(job, signal),
    ...(prepare !== undefined && { prepare: () => prepare.call(pool) }),
    ...(lendRows !== undefined && { lendRows: (byteLength) => lendRows.call(pool, byteLength) }),
    ...(dropRows !== undefined && { dropRows: (rows) => dropRows.call(pool, rows) }),
    ...(encodeLent !== undefined && { encodeLent: (job, signal) => encodeLent.call(pool, job, signal) }),
  };
}
