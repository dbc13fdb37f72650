import type { WeightTensor } from '../../safetensors/index.js';
import { inUnits, ByteCursor, CHUNK_SIZE } from './byte-cursor.js';
import { product, wrongShape, type TensorExpression } from './tensor-expression.js';
import { bytesOf, readValues } from './values.js';

const CODES = [0, 0.5, 1, 1.5, 2, 3, 4, 6, -0, -0.5, -1, -1.5, -2, -3, -4, -6];
/** Weights that share a scale. */
const BLOCK = 16;

/** The values of a matrix in NVFP4 as compressed-tensors stores it: codes `[rows, columns / 2]`, the first in the lower half. */
export function nvfp4Values(codes: WeightTensor, scales: TensorExpression, global: TensorExpression): TensorExpression {
  const [rows = 0, bytes = 0] = codes.shape;
  const columns = 2 * bytes;
  const blocks = columns / BLOCK;
  const fits = scales.shape.join() === [rows, blocks].join() && product(global.shape) === 1;
  if (codes.dtype !== 'U8' || codes.shape.length !== 2 || !fits) {
    throw wrongShape(codes, `does not fit scales of shape [${scales.shape.join(', ')}]`);
  }
  const together = Math.max(1, Math.floor(CHUNK_SIZE / Math.max(1, columns * 4)));
  return {
    dtype: 'F32',
    shape: [rows, columns],
    sources: [...scales.sources, ...global.sources, { file: codes.file, start: codes.start, end: codes.end }],
    read: (range, signal) =>
      inUnits(range, columns * 4, async function* (aligned) {
        const [first, last] = [aligned.start / (columns * 4), aligned.end / (columns * 4)];
        const [scale, [whole = 1]] = [await readValues(scales, signal), await readValues(global, signal)];
        const part = { start: codes.start + first * bytes, end: codes.start + last * bytes };
        const cursor = new ByteCursor(codes.file.read(part, signal));
        try {
          for (let at = first; at < last; at += together) {
            const packed = await cursor.take(Math.min(together, last - at) * bytes);
            const values = new Float32Array(2 * packed.length);
            for (let index = 0; index < values.length; index += 1) {
              const byte = packed[index >> 1] ?? 0;
              const factor = Math.fround((scale[Math.floor((at * columns + index) / BLOCK)] ?? 0) / whole);
              values[index] = (CODES[index % 2 === 0 ? byte & 15 : byte >> 4] ?? 0) * factor;
            }
            yield bytesOf(values);
          }
        } finally {
          await cursor.close();
        }
      }),
  };
}
