import { ByteCursor, CHUNK_SIZE, inUnits } from './byte-cursor.js';
import { floatToBfloat, roundingOf } from './rounding.js';
import { valueSize, type TensorExpression, type ValueDtype } from './tensor-expression.js';
import { decode } from './values.js';

/** The same values as BF16, rounded to the type that the quantization's own library computes in before, where it has one. */
export function asBfloat(tensor: TensorExpression, via: ValueDtype = 'F32'): TensorExpression {
  if (tensor.dtype === 'BF16') return tensor;
  const round = roundingOf(via);
  const size = valueSize(tensor.dtype);
  return {
    dtype: 'BF16',
    shape: tensor.shape,
    sources: tensor.sources,
    read: (range, signal) =>
      inUnits(range, 2, async function* (aligned) {
        const [first, last] = [aligned.start / 2, aligned.end / 2];
        const cursor = new ByteCursor(tensor.read({ start: first * size, end: last * size }, signal, { lend: true }));
        const together = CHUNK_SIZE / 8;
        try {
          for (let at = first; at < last; at += together) {
            const values = decode(await cursor.take(Math.min(together, last - at) * size), tensor.dtype);
            const words = new Uint16Array(values.length);
            for (let index = 0; index < words.length; index += 1)
              words[index] = floatToBfloat(round(values[index] ?? 0));
            yield new Uint8Array(words.buffer);
          }
        } finally {
          await cursor.close();
        }
      }),
  };
}
