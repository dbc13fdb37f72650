import type { RoundingRows, RoundingSums } from '../../workers/rounding.js';
import type { TensorType } from '../gguf/index.js';
import type { JobRoom } from './job-room.js';

/** One chunk of whole rows to be encoded. */
export interface EncodeJob {
  /** How `input` is stored: F32, F16, BF16 or a quantized type that can be widened. */
  readonly from: TensorType;
  readonly to: TensorType;
  /**
   * Rows as stored. Its memory moves to a worker and may come back holding the result, or is lent to the next job: do not
   * use it afterwards.
   */
  readonly input: Uint8Array;
  /** Weights in a row. */
  readonly rowLength: number;
  /** Importance of each column, `rowLength` of them (from an importance matrix). */
  readonly importance?: Float32Array;
  /**
   * What to do with NaN, infinities and weights too large for `to`. `refuse` (the default) throws `NON_FINITE`, as
   * llama-quantize gives up; `keep` stores what the arithmetic yields, as the converter does for F16 and BF16.
   */
  readonly nonFinite?: 'refuse' | 'keep';
  /** Named in errors. */
  readonly tensor: string;
  /** Asks for a comparison of blocks with the weights that they are made of; `add` gets it before the rows are returned. */
  readonly compare?: (RoundingRows & { readonly add: (sums: RoundingSums) => void }) | undefined;
}

/** Rows that are to be released as soon as they are no longer needed. */
export interface LentRows {
  readonly bytes: Uint8Array;
  release(): void;
}

/** Turns rows of one tensor type into another. Implementations: a worker pool, the calling thread. */
export interface RowEncoder {
  /**
   * The encoded rows, possibly at the start of a larger buffer. Throws `NON_FINITE` for what ggml refuses,
   * `QUANT_SHAPE` for rows that are not whole blocks, `QUANT_UNSUPPORTED` for a type without a kernel,
   * `IMATRIX_REQUIRED` for one that needs importance, `WORKER_DIED`, `ABORTED`.
   */
  encode(job: EncodeJob, signal?: AbortSignal): Promise<Uint8Array>;
  /**
   * As `encode`, with the result in memory that is used again once it is released: for who copies it. An encoder without
   * such memory leaves this out.
   */
  encodeLent?(job: EncodeJob, signal?: AbortSignal): Promise<LentRows> | undefined;
  /**
   * Memory for the rows of one job, filled with anything. A job whose `input` it is needs no copy on its way to the
   * thread that encodes. An encoder without such memory leaves this out; fresh memory serves as well.
   */
  lendRows?(byteLength: number): Uint8Array;
  /** Gives back memory for rows that no job will have. */
  dropRows?(rows: Uint8Array): void;
  /** Starts what encoding needs, so that the first job does not wait for it. What goes wrong is told by that job. */
  prepare?(): void;
  /** How many jobs are worth having in flight. */
  readonly width: number;
  /** What all jobs in flight may take together; without it nothing limits them. */
  readonly room?: JobRoom;
  /** Weights of one job, at most. */
  readonly chunkWeights?: number;
}
