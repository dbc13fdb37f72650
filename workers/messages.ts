import type { RoundingRows, RoundingSums } from './rounding.js';
import type { NamedMemory, RowMemory } from './row-memory.js';

/**
 * Which implementation encodes; all give the same bytes. `native`: our kernels compiled for this processor; `wasm`: the
 * same in WebAssembly; `js`: their scalar twins in TypeScript; `llama.cpp`: an installed one. `auto` takes the fastest
 * that is there, and never llama.cpp: it is the slowest but for the twins.
 */
export type EngineChoice = 'auto' | 'native' | 'wasm' | 'js' | 'llama.cpp';

/** How a tensor type stores weights: its name in ggml and the shape of one block. */
export interface BlockFormat {
  readonly type: string;
  readonly blockLength: number;
  readonly blockSize: number;
}

/** What a worker is started with. */
export interface WorkerSetup {
  readonly engine: EngineChoice;
  /** The native kernels that are to be used. */
  readonly native?: NativeSetup;
  /** The kernels in WebAssembly; absent when others are to be used. */
  readonly module?: WebAssembly.Module;
  /** The installed llama.cpp that is to be used. */
  readonly ggml?: GgmlSetup;
  /** Memories that rows will come in. */
  readonly memories?: readonly RowMemory[];
  /** Whether the main thread goes first where there are not cores enough. */
  readonly stepsBack?: boolean;
}

/** Our kernels, compiled for processors: the addon, and which of its variants this processor runs fastest. */
export interface NativeSetup {
  readonly addon: string;
  readonly variant: string;
}

/** A tensor type with its number in ggml. */
export interface NumberedType extends BlockFormat {
  readonly id: number;
}

/** An installed llama.cpp: what is loaded, and what is expected of it. */
export interface GgmlSetup {
  /** The compiled binding, `slipway.node`. */
  readonly addon: string;
  /** The shared library. */
  readonly library: string;
  /** True to take another version than ours, as long as its types and its bytes are the same. */
  readonly anyVersion: boolean;
  readonly types: readonly NumberedType[];
}

/** Whole rows of one matrix, to be stored as another type. */
export interface EncodeTask {
  readonly from: BlockFormat;
  readonly to: BlockFormat;
  /** Rows as stored. The result may reuse its buffer. */
  readonly input: Uint8Array;
  /** The memory that `input` lies in, if it is one that kernels can work in. */
  readonly memory?: WebAssembly.Memory;
  /** True when the result goes into that memory, too: to where the rows begin. */
  readonly inPlace?: boolean;
  /** Weights in a row. */
  readonly rowLength: number;
  /** Importance of each column. */
  readonly importance?: Float32Array;
  /** False to let NaN and infinities through, as the converter does. */
  readonly refuseNonFinite: boolean;
  /** Rows whose blocks are to be compared with the weights. */
  readonly compare?: RoundingRows;
}

/** A task as it is sent to a worker: with its rows, or with the memory that they lie in. */
export type SentTask = EncodeTask | PlacedTask;

export interface PlacedTask extends Omit<EncodeTask, 'input' | 'memory' | 'inPlace'> {
  readonly place: NamedMemory;
  /** Bytes of rows. */
  readonly byteLength: number;
  /** True to have the result where the rows are, whose own are no longer. */
  readonly inPlace: boolean;
}

/** What became of a task. Failures are data, so that they cross threads whole. */
export type EncodeOutcome =
  | { readonly kind: 'encoded'; readonly bytes: Uint8Array; readonly rounding?: RoundingSums }
  /** The result lies at the start of the memory of the rows. */
  | { readonly kind: 'in-place'; readonly byteLength: number; readonly rounding?: RoundingSums }
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
