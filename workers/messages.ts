/** Which implementation encodes: WebAssembly, its scalar twin in TypeScript, or whichever is there. */
export type KernelChoice = 'auto' | 'wasm' | 'js';

/** How a tensor type stores weights: its name in ggml and the shape of one block. */
export interface BlockFormat {
  readonly type: string;
  readonly blockLength: number;
  readonly blockSize: number;
}

/** What a worker is started with. */
export interface WorkerSetup {
  readonly kernel: KernelChoice;
  /** The compiled kernels; absent when only the twins are to be used. */
  readonly module?: WebAssembly.Module;
}

/** Whole rows of one matrix, to be stored as another type. */
export interface EncodeTask {
  readonly from: BlockFormat;
  readonly to: BlockFormat;
  /** Rows as stored. The result may reuse its buffer. */
  readonly input: Uint8Array;
  /** Weights in a row. */
  readonly rowLength: number;
  /** Importance of each column. */
  readonly importance?: Float32Array;
  /** False to let NaN and infinities through, as the converter does. */
  readonly refuseNonFinite: boolean;
}

/** What became of a task. Failures are data, so that they cross threads whole. */
export type EncodeOutcome =
  | { readonly kind: 'encoded'; readonly bytes: Uint8Array }
  | NonFinite
  | { readonly kind: 'no-kernel'; readonly type: string }
  | { readonly kind: 'row-too-long'; readonly bytes: number; readonly limit: number }
  | { readonly kind: 'failed'; readonly message: string };

/** A NaN or an infinity, in the weights or as a scale that a quantized block would have got. */
export interface NonFinite {
  readonly kind: 'non-finite';
  readonly place: 'input' | 'result';
  /** Row within the task. */
  readonly row: number;
  /** Column of the weight, or the first column of the block. */
  readonly column: number;
}
