import { ByteCursor, inUnits } from './byte-cursor.js';
import { product, wrongShape, type TensorExpression } from './tensor-expression.js';
import { bytesOf, decode, readValues, widen } from './values.js';

/**
 * Weights times their scales, in single precision. A scale stands for a block of weights: `blocks` gives a block's
 * extent along the scale's last dimensions (1 where it says nothing), and a dimension of length one stands for all.
 * Dimensions that the scales lack are added behind theirs. The last block of a row may be cut off.
 */
export function scaleBlocks(
  weights: TensorExpression,
  scales: TensorExpression,
  blocks: readonly number[] = [],
): TensorExpression {
  const wide = widen(weights);
  const factors = scaleFactors(weights, scales, blocks);
  const columns = wide.shape.at(-1) ?? 1;
  const row = columns * 4;
  const at = scaleIndex(wide.shape, factors);
  return {
    dtype: 'F32',
    shape: wide.shape,
    read: (range, signal) =>
      inUnits(range, row, async function* (aligned) {
        const values = await readValues(scales, signal);
        const cursor = new ByteCursor(wide.read(aligned, signal));
        try {
          for (let index = aligned.start / row; index < aligned.end / row; index += 1) {
            const numbers = decode(await cursor.take(row), 'F32');
            const base = at.row(index);
            for (let column = 0; column < columns; column += 1) {
              numbers[column] = (numbers[column] ?? 0) * (values[base + at.column(column)] ?? 0);
            }
            yield bytesOf(numbers);
          }
        } finally {
          await cursor.close();
        }
      }),
  };
}

/** How many weights share a scale along one dimension, and how many scales there are. */
interface Factor {
  readonly count: number;
  readonly extent: number;
}

function scaleFactors(weights: TensorExpression, scales: TensorExpression, blocks: readonly number[]): Factor[] {
  const rank = Math.max(1, weights.shape.length);
  const first = scales.shape.length - blocks.length;
  const factors = Array.from({ length: rank }, (_, axis): Factor => {
    const count = scales.shape[axis] ?? 1;
    return { count, extent: count === 1 ? Number.MAX_SAFE_INTEGER : (blocks[axis - first] ?? 1) };
  });
  const fits = factors.every(({ count, extent }, axis) => count === 1 || count * extent >= (weights.shape[axis] ?? 1));
  if (fits && scales.shape.length <= rank && first >= 0) return factors;
  throw wrongShape(weights, `does not fit scales of shape [${scales.shape.join(', ')}]`);
}

/** Where the scale of a row's first weight stands, and how far it moves along the row. */
function scaleIndex(
  shape: readonly number[],
  factors: readonly Factor[],
): { row: (index: number) => number; column: (index: number) => number } {
  const strides = factors.map((_, axis) => product(factors.slice(axis + 1).map(({ count }) => count)));
  const outer = shape.slice(0, -1);
  const last = factors.at(-1) ?? { count: 1, extent: 1 };
  return {
    row: (index) =>
      outer.reduce((sum, dimension, axis) => {
        const position = Math.floor(index / product(outer.slice(axis + 1))) % dimension;
        return sum + Math.floor(position / (factors[axis]?.extent ?? 1)) * (strides[axis] ?? 0);
      }, 0),
    column: (index) => Math.floor(index / last.extent),
  };
}
