import { SlipwayError } from '../core/index.js';

/**
 * Tensor types as ggml numbers them (ggml.h, `enum ggml_type`), with the shape of one block.
 * Removed ids (4, 5, 31-33, 36-38) are absent on purpose: files that use them are refused.
 */
export const TENSOR_TYPE_TABLE = [
  // name, id, weights per block, bytes per block
  ['F32', 0, 1, 4],
  ['F16', 1, 1, 2],
  ['Q4_0', 2, 32, 18],
  ['Q4_1', 3, 32, 20],
  ['Q5_0', 6, 32, 22],
  ['Q5_1', 7, 32, 24],
  ['Q8_0', 8, 32, 34],
  ['Q8_1', 9, 32, 36],
  ['Q2_K', 10, 256, 84],
  ['Q3_K', 11, 256, 110],
  ['Q4_K', 12, 256, 144],
  ['Q5_K', 13, 256, 176],
  ['Q6_K', 14, 256, 210],
  ['Q8_K', 15, 256, 292],
  ['IQ2_XXS', 16, 256, 66],
  ['IQ2_XS', 17, 256, 74],
  ['IQ3_XXS', 18, 256, 98],
  ['IQ1_S', 19, 256, 50],
  ['IQ4_NL', 20, 32, 18],
  ['IQ3_S', 21, 256, 110],
  ['IQ2_S', 22, 256, 82],
  ['IQ4_XS', 23, 256, 136],
  ['I8', 24, 1, 1],
  ['I16', 25, 1, 2],
  ['I32', 26, 1, 4],
  ['I64', 27, 1, 8],
  ['F64', 28, 1, 8],
  ['IQ1_M', 29, 256, 56],
  ['BF16', 30, 1, 2],
  ['TQ1_0', 34, 256, 54],
  ['TQ2_0', 35, 256, 66],
  ['MXFP4', 39, 32, 17],
  ['NVFP4', 40, 64, 36],
  ['Q1_0', 41, 128, 18],
  ['Q2_0', 42, 64, 18],
] as const;

/** Name of a ggml tensor type, as ggml spells it in upper case. */
export type TensorType = (typeof TENSOR_TYPE_TABLE)[number][0];

/** The shape of a tensor type's block. */
export interface TensorTypeFacts {
  readonly type: TensorType;
  /** Number in a GGUF file. */
  readonly id: number;
  /** Weights in one block. */
  readonly blockLength: number;
  /** Bytes of one block. */
  readonly blockSize: number;
}

const BY_NAME: ReadonlyMap<TensorType, TensorTypeFacts> = new Map(
  TENSOR_TYPE_TABLE.map(([type, id, blockLength, blockSize]) => [type, { type, id, blockLength, blockSize }]),
);
const BY_ID: ReadonlyMap<number, TensorTypeFacts> = new Map([...BY_NAME.values()].map((facts) => [facts.id, facts]));

/** All tensor types, by id. */
export const TENSOR_TYPES: readonly TensorTypeFacts[] = [...BY_NAME.values()];

export function tensorType(type: TensorType): TensorTypeFacts {
  const facts = BY_NAME.get(type);
  if (facts === undefined) throw new SlipwayError('INTERNAL', `no such tensor type: ${type}`);
  return facts;
}

/** The type with this id, or `undefined` for ids that ggml never had or has removed. */
export function tensorTypeById(id: number): TensorTypeFacts | undefined {
  return BY_ID.get(id);
}

/** Bytes of a row of `length` weights. Throws `QUANT_SHAPE` when the row does not consist of whole blocks. */
export function rowSize(type: TensorType, length: number): number {
  const { blockLength, blockSize } = tensorType(type);
  if (length % blockLength !== 0) {
    throw new SlipwayError('QUANT_SHAPE', `a row of ${length} weights cannot be stored as ${type}`, {
      got: `${length} is not a multiple of ${blockLength}`,
      context: { length, blockLength },
    });
  }
  return (length / blockLength) * blockSize;
}
