import { ByteCursor, CHUNK_SIZE, inUnits } from './byte-cursor.js';
import { floatToHalf, halfToFloat } from './half.js';
import { evenlyFrom } from './placement.js';
import { byteSize, valueSize, wrongShape, type TensorExpression } from './tensor-expression.js';
import { bytesOf, decode } from './values.js';

/** Rounds what one step of an arithmetic yields, as torch does in the type of the tensors. */
export type Round = (value: number) => number;

/**
 * Computes every value from those at the same place in several tensors of one shape. Tensors that are all F16 are
 * computed in halves, everything else in single precision: `combine` passes each step through `round`.
 */
export function zipValues(
  parts: readonly TensorExpression[],
  combine: (values: readonly number[], round: Round) => number,
): TensorExpression {
  const [first] = parts;
  if (first === undefined) throw wrongShape({ shape: [] }, 'cannot be made of nothing');
  for (const part of parts) {
    if (part.shape.join() !== first.shape.join()) throw wrongShape(part, `is not [${first.shape.join(', ')}]`);
  }
  const halves = parts.every(({ dtype }) => dtype === 'F16');
  const round: Round = halves ? roundToHalf : Math.fround;
  const dtype = halves ? 'F16' : 'F32';
  const to = valueSize(dtype);
  const zipped: TensorExpression = {
    dtype,
    shape: first.shape,
    sources: parts.flatMap((part) => part.sources),
    read: (range, signal) =>
      inUnits(range, to, async function* (aligned) {
        const [start, end] = [aligned.start / to, aligned.end / to];
        const cursors = parts.map((part) => {
          const from = valueSize(part.dtype);
          const bytes = part.read({ start: start * from, end: end * from }, signal, { lend: true });
          return { part, from, cursor: new ByteCursor(bytes) };
        });
        try {
          const together = CHUNK_SIZE / 8;
          for (let at = start; at < end; at += together) {
            const count = Math.min(together, end - at);
            const columns: Float32Array[] = [];
            for (const { part, from, cursor } of cursors) {
              columns.push(decode(await cursor.take(count * from), part.dtype));
            }
            const values = Float32Array.from({ length: count }, (_, index) =>
              combine(
                columns.map((column) => column[index] ?? 0),
                round,
              ),
            );
            yield halves ? asHalves(values) : bytesOf(values);
          }
        } finally {
          await Promise.all(cursors.map(async ({ cursor }) => cursor.close()));
        }
      }),
  };
  return evenlyFrom(zipped, byteSize(zipped), parts, to);
}

/** Repeats every value of a vector `width` times: a factor for each row of a matrix. */
export function spread(vector: TensorExpression, width: number): TensorExpression {
  const size = valueSize(vector.dtype);
  return {
    dtype: vector.dtype,
    shape: [...vector.shape, width],
    sources: vector.sources,
    read: (range, signal) =>
      inUnits(range, size * width, async function* (aligned) {
        const [start, end] = [aligned.start / width, aligned.end / width];
        const cursor = new ByteCursor(vector.read({ start, end }, signal, { lend: true }));
        try {
          for (let at = start; at < end; at += size) {
            const value = await cursor.take(size);
            const row = new Uint8Array(size * width);
            for (let column = 0; column < width; column += 1) row.set(value, column * size);
            yield row;
          }
        } finally {
          await cursor.close();
        }
      }),
  };
}

/** A tensor that is computed as a whole when any of it is read: for small ones whose values depend on each other. */
export function computed(
  source: TensorExpression,
  shape: readonly number[],
  compute: (values: Float32Array) => Float32Array,
): TensorExpression {
  return {
    dtype: 'F32',
    shape,
    sources: source.sources,
    async *read(range, signal) {
      if (range.end <= range.start) return;
      const cursor = new ByteCursor(source.read({ start: 0, end: byteSize(source) }, signal, { lend: true }));
      try {
        const values = decode(await cursor.take(byteSize(source)), source.dtype);
        yield bytesOf(compute(values)).subarray(range.start, range.end);
      } finally {
        await cursor.close();
      }
    },
  };
}

function roundToHalf(value: number): number {
  return halfToFloat(floatToHalf(value));
}

function asHalves(values: Float32Array): Uint8Array {
  return new Uint8Array(Uint16Array.from(values, floatToHalf).buffer);
}
