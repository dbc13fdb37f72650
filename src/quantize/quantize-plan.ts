import { rowSize, tensorSize, weightCount, type GgufTensor, type TensorType } from '../gguf/index.js';
import type { ChosenType } from './choose-type.js';
import type { FileType } from './file-types.js';
import type { Placed } from './prune-layers.js';

/** What happens to one tensor. */
export interface PlannedTensor {
  readonly name: string;
  readonly from: TensorType;
  readonly to: TensorType;
  /** The type it would have got if its rows consisted of whole blocks. */
  readonly fallback?: TensorType;
  readonly weights: number;
  /** Bytes in the new file, without padding. */
  readonly size: number;
}

/** The numbers of a quantization, known before anything is read. */
export interface QuantizePlan {
  readonly fileType: FileType;
  /** In the order of the file. */
  readonly tensors: readonly PlannedTensor[];
  readonly bitsPerWeight: number;
  /** Share of the weights whose type had to be replaced, 0 to 1. */
  readonly fallbackShare: number;
}

/** Adds the numbers up. `chosen` belongs to `placed`, one by one. */
export function quantizePlanOf(
  fileType: FileType,
  placed: readonly Placed[],
  chosen: readonly ChosenType[],
): QuantizePlan {
  const tensors = placed.map(({ tensor }, index): PlannedTensor => {
    const { to, wanted } = chosen[index] ?? { to: tensor.type };
    const size = to === tensor.type ? tensorSize(tensor) : sizeAs(tensor, to);
    const planned = { name: tensor.name, from: tensor.type, to, weights: weightCount(tensor), size };
    return wanted === undefined ? planned : { ...planned, fallback: wanted };
  });
  const weights = tensors.reduce((sum, tensor) => sum + tensor.weights, 0);
  const bytes = tensors.reduce((sum, tensor) => sum + tensor.size, 0);
  const replaced = tensors.reduce((sum, tensor) => sum + (tensor.fallback === undefined ? 0 : tensor.weights), 0);
  return {
    fileType,
    tensors,
    bitsPerWeight: weights === 0 ? 0 : (bytes * 8) / weights,
    fallbackShare: weights === 0 ? 0 : replaced / weights,
  };
}

function sizeAs(tensor: GgufTensor, type: TensorType): number {
  const rowLength = tensor.dimensions[0] ?? 1;
  return rowLength === 0 ? 0 : rowSize(type, rowLength) * (weightCount(tensor) / rowLength);
}
