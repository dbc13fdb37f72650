import { createEncoderPool, type EncoderPool, type EncoderPoolOptions, type RowEncoder } from '../quantize/index.js';

/** A pool's encoder as one context uses it. */
export interface EncoderHandle {
  readonly encoder: RowEncoder;
  /** Ends the threads when no other context uses them. */
  release(): Promise<void>;
}

interface SharedPool {
  readonly pool: EncoderPool;
  users: number;
}

const pools = new Map<string, SharedPool>();

/** Gives back what a forgotten context used, when nothing that could still encode is left of it. */
const forgotten = new FinalizationRegistry<() => Promise<void>>((release) => void release().catch(() => {}));

/**
 * The process's pool of worker threads for these options: contexts that live at the same time share it, so that any number
 * of them has as many threads as one. The handle, not the context, is what it lives by: files that are read later hold it.
 */
export function sharedEncoder(options: EncoderPoolOptions): EncoderHandle {
  const { threads, kernel = 'auto', env = {}, jobBytes, chunkWeights, residentBytes } = options;
  // The native kernel loads the library that the environment names.
  const key = JSON.stringify([
    threads,
    kernel,
    kernel === 'native' ? env : null,
    jobBytes,
    chunkWeights,
    residentBytes,
  ]);
  const shared = pools.get(key) ?? { pool: createEncoderPool(options), users: 0 };
  pools.set(key, shared);
  shared.users++;
  let released = false;
  const release = async (): Promise<void> => {
    if (released) return;
    released = true;
    if (--shared.users > 0) return;
    if (pools.get(key) === shared) pools.delete(key);
    await shared.pool.close();
  };
  const encoder = handleOf(shared.pool);
  forgotten.register(encoder, release);
  return { encoder, release };
}

function handleOf(pool: EncoderPool): RowEncoder {
  const { prepare, lendRows, encodeLent } = pool;
  return {
    width: pool.width,
    ...(pool.room !== undefined && { room: pool.room }),
    ...(pool.chunkWeights !== undefined && { chunkWeights: pool.chunkWeights }),
    encode: (job, signal) => pool.encode(job, signal),
    ...(prepare !== undefined && { prepare: () => prepare.call(pool) }),
    ...(lendRows !== undefined && { lendRows: (byteLength) => lendRows.call(pool, byteLength) }),
    ...(encodeLent !== undefined && { encodeLent: (job, signal) => encodeLent.call(pool, job, signal) }),
  };
}
