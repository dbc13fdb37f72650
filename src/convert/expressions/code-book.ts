import type { FileRange } from '../../files/index.js';
import type { WeightTensor } from '../../safetensors/index.js';
import { ByteCursor, CHUNK_SIZE, inUnits } from './byte-cursor.js';
import { product, wrongShape, type TensorExpression } from './tensor-expression.js';
import { bytesOf, readValues } from './values.js';

/** Weights of four bits that look up a code, in blocks with a factor each (bitsandbytes NF4 and FP4). */
export interface CodedMatrix {
  /** Two codes a byte, the first in the upper half. */
  readonly codes: WeightTensor;
  /** 16 values. */
  readonly book: TensorExpression;
  /** A factor for each block of weights, in the order of the codes. */
  readonly factors: (signal: AbortSignal | undefined) => Promise<Float32Array>;
  /** What the factors are read from. */
  readonly factorSources: readonly FileRange[];
  readonly blockSize: number;
  readonly shape: readonly number[];
}

/** The matrix in single precision: code times factor. */
export function lookUpCodes({ codes, book, factors, factorSources, blockSize, shape }: CodedMatrix): TensorExpression {
  const count = product(shape);
  if (codes.dtype !== 'U8' || product(codes.shape) !== Math.ceil(count / 2) || blockSize < 2 || blockSize % 2 !== 0) {
    throw wrongShape(codes, `does not hold codes for [${shape.join(', ')}] in blocks of ${blockSize}`);
  }
  return {
    dtype: 'F32',
    shape,
    sources: [...book.sources, ...factorSources, { file: codes.file, start: codes.start, end: codes.end }],
    // A byte holds two weights: reading begins at an even one.
    read: (range, signal) =>
      inUnits(range, 8, async function* (aligned) {
        const [first, last] = [aligned.start / 8, Math.min(aligned.end / 8, Math.ceil(count / 2))];
        const [values, factor] = [await readValues(book, signal), await factors(signal)];
        if (values.length !== 16) throw wrongShape(book, 'is no book of 16 codes');
        const part = { start: codes.start + first, end: codes.start + last };
        const cursor = new ByteCursor(codes.file.read(part, signal));
        const together = CHUNK_SIZE / 8;
        try {
          for (let at = first; at < last; at += together) {
            const bytes = await cursor.take(Math.min(together, last - at));
            const result = new Float32Array(2 * bytes.length);
            for (let index = 0; index < bytes.length; index += 1) {
              const [byte, scale] = [bytes[index] ?? 0, factor[Math.floor((2 * (at + index)) / blockSize)] ?? 0];
              result[2 * index] = (values[byte >> 4] ?? 0) * scale;
              result[2 * index + 1] = (values[byte & 15] ?? 0) * scale;
            }
            yield bytesOf(result);
          }
        } finally {
          await cursor.close();
        }
      }),
  };
}

/** Values of blocks of bytes that look up a code: what bitsandbytes makes of its factors to make them small. */
export function lookUpBytes(
  codes: Uint8Array,
  book: Float32Array,
  factors: Float32Array,
  { blockSize, offset }: { readonly blockSize: number; readonly offset: number },
): Float32Array {
  return Float32Array.from(codes, (code, index) =>
    Math.fround(Math.fround((book[code] ?? 0) * (factors[Math.floor(index / blockSize)] ?? 0)) + offset),
  );
}
