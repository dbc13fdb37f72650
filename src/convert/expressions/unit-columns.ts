import { ByteCursor, CHUNK_SIZE, inUnits } from './byte-cursor.js';
import { factorsOf, notOnFactors } from './factors.js';
import { wrongShape, type TensorExpression } from './tensor-expression.js';
import { bytesOf, decode, widen } from './values.js';

/** What torch is told to add to a norm, so that a column of zeros stays one. */
const FLOOR = Math.fround(1e-7);

/**
 * A matrix whose columns are divided by their lengths, in single precision: squares are added from the first row to the
 * last, as torch does along that dimension. The matrix is read twice, and never held.
 */
export function unitColumns(matrix: TensorExpression): TensorExpression {
  if (factorsOf(matrix) !== undefined) throw notOnFactors('divides the columns of a matrix by their lengths');
  const wide = widen(matrix);
  const [rows = 0, columns = 0] = wide.shape;
  if (wide.shape.length !== 2 || columns === 0) throw wrongShape(matrix, 'is no matrix whose columns have a length');
  const row = columns * 4;
  let known: Float32Array | undefined;
  return {
    dtype: 'F32',
    shape: wide.shape,
    sources: [...wide.sources, ...wide.sources],
    read: (range, signal) =>
      inUnits(range, row, async function* (aligned) {
        known ??= await columnLengths(wide, [rows, columns], signal);
        const [first, last] = [aligned.start / row, aligned.end / row];
        for await (const values of rowsOf(wide, [first, last], columns, signal)) {
          for (let index = 0; index < values.length; index += 1) {
            values[index] = (values[index] ?? 0) / (known[index % columns] ?? 1);
          }
          yield bytesOf(values);
        }
      }),
  };
}

/** Lengths of all columns, with the floor added. */
async function columnLengths(
  wide: TensorExpression,
  [rows, columns]: readonly [number, number],
  signal: AbortSignal | undefined,
): Promise<Float32Array> {
  const sums = new Float32Array(columns);
  for await (const values of rowsOf(wide, [0, rows], columns, signal)) {
    for (let index = 0; index < values.length; index += 1) {
      const column = index % columns;
      const value = values[index] ?? 0;
      // Both the square and the sum are rounded: a single operation for both would give other bits.
      sums[column] = (sums[column] ?? 0) + Math.fround(value * value);
    }
  }
  return sums.map((sum) => Math.fround(Math.sqrt(sum)) + FLOOR);
}

async function* rowsOf(
  wide: TensorExpression,
  [first, last]: readonly [number, number],
  columns: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Float32Array> {
  const row = columns * 4;
  const together = Math.max(1, Math.floor(CHUNK_SIZE / row));
  const cursor = new ByteCursor(wide.read({ start: first * row, end: last * row }, signal, { lend: true }));
  try {
    for (let at = first; at < last; at += together) {
      yield decode(await cursor.take(Math.min(together, last - at) * row), 'F32');
    }
  } finally {
    await cursor.close();
  }
}
