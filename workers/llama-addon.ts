import { createRequire } from 'node:module';

/** What the process that runs models is started with. */
export interface LlamaSetup {
  /** The compiled binding, `slipway.node`. */
  readonly addon: string;
  /** The path of libllama. */
  readonly library: string;
  /** True to take another version than ours, as long as its structures look the same. */
  readonly anyVersion: boolean;
  /** Bytes of private memory that the process may have, besides what it has when it starts. */
  readonly memory?: number;
}

/** What a model is loaded for. */
export const PURPOSES = { logits: 0, embeddings: 1, importance: 2, importanceWithOutput: 3 } as const;
export const FLASH_ATTENTION = { auto: 0, off: 1, on: 2 } as const;

/** Facts of a loaded model. */
export interface LlamaFacts {
  readonly vocabulary: number;
  readonly trainedContext: number;
  readonly embeddingLength: number;
  /** Bytes of all tensors. */
  readonly size: number;
  readonly addsBos: boolean;
  readonly addsEos: boolean;
  readonly hasEncoder: boolean;
  readonly hasDecoder: boolean;
  readonly bos: Uint8Array;
  readonly chatTemplate: string;
}

/** What was collected for one matrix. */
export interface CollectedSums {
  readonly name: string;
  /** Sums of squares, one a column; expert after expert. */
  readonly values: Float32Array;
  /** Rows seen, one number a matrix. */
  readonly counts: Float64Array;
}

/** Positions of a decoded chunk: the chunk's tokens, its number in the batch, the first output, start and count. */
export type ScoredPositions = readonly [tokens: Int32Array, chunk: number, first: number, start: number, count: number];

/** libllama, opened by the addon (native/llama-binding.cc). Methods throw errors with a `code`. */
export interface LlamaAddon {
  info(): { readonly version: string; readonly ggmlVersion: string; readonly commit: string };
  load(path: string, ...sizes: readonly number[]): number;
  free(model: number): void;
  freeContext(model: number): void;
  facts(model: number): LlamaFacts;
  tokenize(model: number, text: string, addSpecial: boolean, parseSpecial: boolean): Int32Array;
  piece(model: number, token: number): Uint8Array;
  isEnd(model: number, token: number): boolean;
  decode(model: number, tokens: Int32Array, first: number, start: number, end: number, sequence: number): void;
  rest(model: number, bytes: number): void;
  losses(model: number, ...positions: ScoredPositions): Float64Array;
  records(model: number, ...positions: ScoredPositions): Uint8Array;
  compareRecords(model: number, ...rest: readonly [...ScoredPositions, records: Uint8Array]): Float64Array;
  compare(model: number, ...rest: readonly [...ScoredPositions, base: number, rounded: boolean]): Float64Array;
  sums(model: number): readonly CollectedSums[];
  preset(model: number, name: string, values: Float32Array, counts: Float64Array): void;
  next(model: number, tokens: Int32Array, restart: boolean): number;
  embed(model: number, tokens: Int32Array): Float32Array;
}

/** The addon's exports. */
export interface LlamaBinding {
  openLlama(library: string, plugins: string, anyVersion: boolean): LlamaAddon;
  dieWith(parent: number): void;
  limitMemory(bytes: number): boolean;
}

export function loadBinding(addon: string): LlamaBinding {
  return createRequire(import.meta.url)(addon) as LlamaBinding;
}
