import type { FileRange } from '../../files/index.js';
import type { WeightTensor } from '../../safetensors/index.js';
import { ByteCursor, CHUNK_SIZE, inUnits } from './byte-cursor.js';
import { roundingOf } from './rounding.js';
import { product, reshape, wrongShape, type TensorExpression } from './tensor-expression.js';
import { bytesOf, readValues } from './values.js';

/** A matrix of MLX (affine): a row is a stream of bits, least significant first, in groups with a scale and a bias each. */
export interface AffineMatrix {
  /** `[…, outputs, words]` of type U32. */
  readonly words: WeightTensor;
  /** `[…, outputs, groups]`. */
  readonly scales: TensorExpression;
  readonly biases: TensorExpression;
  readonly groupSize: number;
}

/** The matrix `[…, outputs, inputs]`: `integer · scale + bias`, both steps rounded as the type of the scales. */
export function unpackAffine(matrix: AffineMatrix): TensorExpression {
  const { words, scales, biases, groupSize } = matrix;
  const [wordCount, groups] = [words.shape.at(-1) ?? 0, scales.shape.at(-1) ?? 0];
  const inputs = groups * groupSize;
  const bits = (wordCount * 32) / Math.max(1, inputs);
  const outer = words.shape.slice(0, -1);
  const fits = scales.shape.slice(0, -1).join() === outer.join() && biases.shape.join() === scales.shape.join();
  if (words.dtype !== 'U32' || !fits || !Number.isInteger(bits) || bits < 2 || bits > 8) {
    throw wrongShape(words, `does not fit scales of shape [${scales.shape.join(', ')}] in groups of ${groupSize}`);
  }
  const rows = product(outer);
  const [factor, offset] = [reshape(scales, [rows, groups]), reshape(biases, [rows, groups])];
  const round = roundingOf(scales.dtype);
  const size = wordCount * 4;
  const together = Math.max(1, Math.floor(CHUNK_SIZE / Math.max(1, inputs * 4)));
  return {
    dtype: 'F32',
    shape: [...outer, inputs],
    sources: [...scales.sources, ...biases.sources, stored(words)],
    read: (range, signal) =>
      inUnits(range, inputs * 4, async function* (aligned) {
        const [first, last] = [aligned.start / (inputs * 4), aligned.end / (inputs * 4)];
        const [scale, bias] = [await readValues(factor, signal), await readValues(offset, signal)];
        const part = { start: words.start + first * size, end: words.start + last * size };
        const cursor = new ByteCursor(words.file.read(part, signal));
        try {
          for (let at = first; at < last; at += together) {
            const count = Math.min(together, last - at);
            const bytes = await cursor.take(count * size);
            const values = new Float32Array(count * inputs);
            for (let row = 0; row < count; row += 1) {
              const packed = bytes.subarray(row * size, (row + 1) * size);
              for (let input = 0; input < inputs; input += 1) {
                const side = (at + row) * groups + Math.floor(input / groupSize);
                const scaled = round(integerAt(packed, input * bits, bits) * (scale[side] ?? 0));
                values[row * inputs + input] = round(scaled + (bias[side] ?? 0));
              }
            }
            yield bytesOf(values);
          }
        } finally {
          await cursor.close();
        }
      }),
  };
}

function stored({ file, start, end }: WeightTensor): FileRange {
  return { file, start, end };
}

function integerAt(bytes: Uint8Array, bit: number, bits: number): number {
  const [at, shift] = [Math.floor(bit / 8), bit % 8];
  return (((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)) >>> shift) & (2 ** bits - 1);
}
