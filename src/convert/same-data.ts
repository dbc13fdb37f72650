import type { WeightTensor } from '../safetensors/index.js';
import { digestOf } from '../files/index.js';

/** True when both tensors hold the same bytes in the same shape. Reads both when type and shape do not tell already. */
export async function sameData(one: WeightTensor, other: WeightTensor, signal?: AbortSignal): Promise<boolean> {
  if (one.dtype !== other.dtype || one.shape.join() !== other.shape.join()) return false;
  const digest = async ({ file, start, end }: WeightTensor): Promise<string> =>
    (await digestOf(file.read({ start, end }, signal))).digest;
  return (await digest(one)) === (await digest(other));
}
