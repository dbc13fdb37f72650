import { ByteCursor, CHUNK_SIZE } from './byte-cursor.js';
import { byteSize, product, valueSize, type TensorExpression } from './tensor-expression.js';
import { decode, mapValues } from './values.js';

/** Below this, a scale is taken for it. */
const SMALLEST_SCALE = Math.fround(1e-5);

/**
 * The values of a tensor rounded to -1, 0 and 1 times their mean magnitude (BitNet b1.58). Reads the tensor twice: once
 * for the mean, which is kept, and once for the values. The mean is summed in double precision; a library that sums in
 * single precision may find one whose last place differs.
 */
export function ternary(tensor: TensorExpression): TensorExpression {
  let known: number | undefined;
  return {
    dtype: tensor.dtype === 'F16' ? 'F16' : 'F32',
    shape: tensor.shape,
    sources: [...tensor.sources, ...tensor.sources],
    async *read(range, signal) {
      known ??= Math.max(await meanMagnitude(tensor, signal), SMALLEST_SCALE);
      const inverse = Math.fround(1 / known);
      // What rounds to zero keeps its sign, as it does in IEEE arithmetic.
      const sign = (scaled: number): number => (Math.abs(scaled) <= 0.5 ? 0 * scaled : Math.sign(scaled));
      const rounded = mapValues(tensor, (value) => sign(Math.fround(value * inverse)) / inverse);
      yield* rounded.read(range, signal);
    },
  };
}

async function meanMagnitude(tensor: TensorExpression, signal: AbortSignal | undefined): Promise<number> {
  const size = byteSize(tensor);
  const step = (CHUNK_SIZE / 8) * valueSize(tensor.dtype);
  const cursor = new ByteCursor(tensor.read({ start: 0, end: size }, signal, { lend: true }));
  let sum = 0;
  try {
    for (let at = 0; at < size; at += step) {
      for (const value of decode(await cursor.take(Math.min(step, size - at)), tensor.dtype)) sum += Math.abs(value);
    }
  } finally {
    await cursor.close();
  }
  return Math.fround(Math.fround(sum) / Math.max(1, product(tensor.shape)));
}
