import { ByteCursor, CHUNK_SIZE, inUnits } from './byte-cursor.js';
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
  const extent = factors.at(-1)?.extent ?? 1;
  const firstOf = firstScale(wide.shape, factors);
  const together = Math.max(1, Math.floor(CHUNK_SIZE / row));
  return {
    dtype: 'F32',
    shape: wide.shape,
    sources: [...scales.sources, ...wide.sources],
    read: (range, signal) =>
      inUnits(range, row, async function* (aligned) {
        const values = await readValues(scales, signal);
        const cursor = new ByteCursor(wide.read(aligned, signal, { lend: true }));
        const [first, last] = [aligned.start / row, aligned.end / row];
        try {
          for (let at = first; at < last; at += together) {
            const rows = Math.min(together, last - at);
            const numbers = decode(await cursor.take(rows * row), 'F32');
            for (let index = 0; index < rows; index += 1) {
              scaleRow(numbers, index * columns, columns, values, firstOf(at + index), extent);
            }
            yield bytesOf(numbers);
          }
        } finally {
          await cursor.close();
        }
      }),
  };
}

/** Scales one row: each of the scales from `first` on belongs to `extent` neighbours. */
function scaleRow(
  numbers: Float32Array,
  start: number,
  columns: number,
  scales: Float32Array,
  first: number,
  extent: number,
): void {
  const rowEnd = start + columns;
  let scale = first;
  for (let from = start; from < rowEnd; from += extent) {
    const factor = scales[scale] ?? 0;
    const to = Math.min(from + extent, rowEnd);
    for (let index = from; index < to; index += 1) numbers[index] = (numbers[index] ?? 0) * factor;
    scale += 1;
  }
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

/** Where the scale of a row's first weight stands. */
function firstScale(shape: readonly number[], factors: readonly Factor[]): (row: number) => number {
  const outer = shape.slice(0, -1).map((dimension, axis) => ({
    dimension,
    behind: product(shape.slice(axis + 1, -1)),
    extent: factors[axis]?.extent ?? 1,
    stride: product(factors.slice(axis + 1).map(({ count }) => count)),
  }));
  return (row) => {
    let sum = 0;
    for (const { dimension, behind, extent, stride } of outer) {
      sum += Math.floor((Math.floor(row / behind) % dimension) / extent) * stride;
    }
    return sum;
  };
}
