import type { ByteRange, ReadHints, RoundingError } from '../core/index.js';
import type { FileRange } from '../files/index.js';
import { rowSize, type TensorType } from './tensor-type.js';

/** GGUF value types as the specification names them, in the order of their numbers 0 to 12. */
export const VALUE_TYPES = [
  'UINT8',
  'INT8',
  'UINT16',
  'INT16',
  'UINT32',
  'INT32',
  'FLOAT32',
  'BOOL',
  'STRING',
  'ARRAY',
  'UINT64',
  'INT64',
  'FLOAT64',
] as const;
export type ValueType = (typeof VALUE_TYPES)[number];
export type ScalarType = Exclude<ValueType, 'ARRAY'>;

/**
 * A metadata value with the type it has in the file. 64-bit integers are `bigint`, strings are text
 * (or bytes where a file's string is not UTF-8), everything else is what JavaScript has.
 * Large numeric arrays may be typed arrays.
 */
export type GgufValue =
  | {
      readonly type: 'UINT8' | 'INT8' | 'UINT16' | 'INT16' | 'UINT32' | 'INT32' | 'FLOAT32' | 'FLOAT64';
      readonly value: number;
    }
  | { readonly type: 'UINT64' | 'INT64'; readonly value: bigint }
  | { readonly type: 'BOOL'; readonly value: boolean }
  | { readonly type: 'STRING'; readonly value: string | Uint8Array }
  | { readonly type: 'ARRAY'; readonly items: ScalarType; readonly value: GgufArray };

/** Elements of an array value; `bigint` for 64-bit integers. */
export type GgufArray =
  | readonly number[]
  | readonly bigint[]
  | readonly boolean[]
  | readonly (string | Uint8Array)[]
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** Keys in file order. */
export type GgufMetadata = ReadonlyMap<string, GgufValue>;

/** A tensor as a GGUF names it. */
export interface TensorInfo {
  readonly name: string;
  /** In ggml's order: `dimensions[0]` is the row length (contiguous), 1 to 4 of them. */
  readonly dimensions: readonly number[];
  readonly type: TensorType;
}

/** A tensor whose bytes can be had at any range, computed when they are asked for. */
export interface GgufTensor extends TensorInfo {
  /** What of files a reading of the whole reads, in that order, when that is known. */
  readonly sources?: readonly FileRange[];
  /** What storing it in blocks has cost, of the rows that were read so far; `undefined` before. */
  readonly rounding?: () => RoundingError | undefined;
  /** Bytes `range` of the tensor's data, without padding; all of it without a range. As a ModelFile's. */
  read(range?: ByteRange, signal?: AbortSignal, hints?: ReadHints): AsyncIterable<Uint8Array>;
}

/**
 * Everything a GGUF file says, its tensors lazy. The one shape that converter, quantizer, reader and writer share:
 * quantizing is a function from GgufContent to GgufContent, writing is a function from GgufContent to ModelFile.
 */
export interface GgufContent {
  readonly metadata: GgufMetadata;
  readonly tensors: readonly GgufTensor[];
}

/** Number of weights of a tensor. */
export function weightCount(tensor: Pick<TensorInfo, 'dimensions'>): number {
  return tensor.dimensions.reduce((product, dimension) => product * dimension, 1);
}

/** Bytes of a tensor's data, without padding. */
export function tensorSize(tensor: Pick<TensorInfo, 'dimensions' | 'type'>): number {
  const length = tensor.dimensions[0] ?? 1;
  return length === 0 ? 0 : rowSize(tensor.type, length) * (weightCount(tensor) / length);
}
