import type { ByteRange } from '../../core/index.js';
import { ByteCursor, inUnits } from './byte-cursor.js';
import { concatBytes } from './packed-tensor.js';
import { factorsOf, notOnFactors, productOf, rootOf, type Factors } from './factors.js';
import { byteSize, product, reshape, wrongShape, type TensorExpression, type ValueDtype } from './tensor-expression.js';
import { widen } from './values.js';

/** Tensors side by side along an axis; their other dimensions must be equal. */
export function concat(parts: readonly TensorExpression[], axis = 0): TensorExpression {
  const factors = parts.flatMap((part) => factorsOf(part) ?? []);
  if (factors.length > 0) return joinedProducts(factors, parts, axis);
  const dtype = commonDtype(parts);
  const same = parts.map((part) => (part.dtype === dtype ? part : widen(part)));
  const first = same[0];
  if (first === undefined) throw wrongShape({ shape: [] }, 'cannot be made of nothing');
  const at = axis < 0 ? axis + first.shape.length : axis;
  for (const part of same) {
    const fits =
      part.shape.length === first.shape.length && part.shape.every((d, i) => i === at || d === first.shape[i]);
    if (!fits) throw wrongShape(part, `cannot stand beside one of shape [${first.shape.join(', ')}]`);
  }
  const shape = first.shape.with(
    at,
    same.reduce((sum, part) => sum + (part.shape[at] ?? 0), 0),
  );
  const outer = product(first.shape.slice(0, at));
  return {
    dtype,
    shape,
    sources: same.flatMap((part) => part.sources),
    read: (range, signal) =>
      outer === 1 ? oneAfterAnother(same, range, signal) : interleaved(same, outer, range, signal),
  };
}

/** Products under one another: stacks of matrices, or matrices whose first factor is the same. */
function joinedProducts(
  factors: readonly Factors[],
  parts: readonly TensorExpression[],
  axis: number,
): TensorExpression {
  if (factors.length !== parts.length || axis !== 0) throw notOnFactors('joins matrices side by side');
  const [first] = factors;
  if (first === undefined) throw wrongShape({ shape: [] }, 'cannot be made of nothing');
  const b = concat(factors.map((pair) => pair.b));
  if (first.a.shape.length > 2) return productOf({ a: concat(factors.map((pair) => pair.a)), b });
  if (factors.some((pair) => rootOf(pair.a) !== rootOf(first.a)))
    throw notOnFactors('joins matrices of different adapters');
  return productOf({ a: first.a, b });
}

/** Equal tensors under one new leading dimension. */
export function stack(parts: readonly TensorExpression[]): TensorExpression {
  return concat(parts.map((part) => reshape(part, [1, ...part.shape])));
}

/** As torch promotes: equal types stay, any mixture becomes F32 (BF16 counts as F32 already when it was loaded). */
function commonDtype(parts: readonly TensorExpression[]): ValueDtype {
  const dtypes = new Set(parts.map(({ dtype }) => dtype));
  const [only] = dtypes;
  return dtypes.size === 1 && only !== undefined ? only : 'F32';
}

function oneAfterAnother(
  parts: readonly TensorExpression[],
  range: ByteRange,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  const sized = parts.map((part) => ({ byteLength: byteSize(part), read: part.read }));
  return concatBytes(sized, range, signal);
}

function interleaved(
  parts: readonly TensorExpression[],
  outer: number,
  range: ByteRange,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  const runs = parts.map((part) => ({ part, run: byteSize(part) / outer }));
  const row = runs.reduce((sum, { run }) => sum + run, 0);
  if (row === 0) return oneAfterAnother([], range, signal);
  return inUnits(range, row, async function* (aligned) {
    const [first, last] = [aligned.start / row, aligned.end / row];
    const streams = runs.map(({ part, run }) => ({
      run,
      cursor: new ByteCursor(part.read({ start: first * run, end: last * run }, signal, { lend: true })),
    }));
    try {
      for (let index = first; index < last; index += 1) {
        for (const { cursor, run } of streams) if (run > 0) yield await cursor.take(run);
      }
    } finally {
      await Promise.all(streams.map(async ({ cursor }) => cursor.close()));
    }
  });
}
