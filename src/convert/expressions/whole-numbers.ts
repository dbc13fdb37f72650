import { SlipwayError } from '../../core/index.js';
import type { WeightTensor } from '../../safetensors/index.js';
import type { PackedTensor } from './packed-tensor.js';
import { product } from './tensor-expression.js';
import { convertRange } from './values.js';

/** A tensor of whole numbers, cut to 32 bits as torch cuts them. Throws `DTYPE_UNSUPPORTED` for other numbers. */
export function inInt32({ name, dtype, shape, file, start, end }: WeightTensor): PackedTensor {
  if (dtype !== 'I64' && dtype !== 'I32') {
    throw new SlipwayError('DTYPE_UNSUPPORTED', `'${name}' should hold whole numbers`, { where: name, got: dtype });
  }
  const read: PackedTensor['read'] = (range, signal) =>
    file.read({ start: start + range.start, end: start + range.end }, signal);
  const byteLength = product(shape) * 4;
  const sources = [{ file, start, end }];
  if (dtype === 'I32') return { shape, byteLength, sources, read };
  return { shape, byteLength, sources, read: (range, signal) => convertRange(read, 8, 4, lowHalves, range, signal) };
}

function lowHalves(bytes: Uint8Array): Uint8Array {
  const words = new Int32Array(bytes.byteLength / 8);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let index = 0; index < words.length; index += 1) words[index] = view.getInt32(index * 8, true);
  return new Uint8Array(words.buffer);
}
