import type { ByteRange } from '../../core/index.js';
import type { FileRange } from '../../files/index.js';
import { ByteCursor, inUnits } from './byte-cursor.js';
import { factorsOf, productOf, type Factors } from './factors.js';
import { evenPart, sourcesOfPart } from './placement.js';
import { product, reshape, valueSize, wrongShape, type TensorExpression } from './tensor-expression.js';

/** Gaps up to this many bytes are read and dropped; beyond it, a new read costs less. */
const GAP_LIMIT = 256 * 1024;

/** The part of a tensor from `start`, `length` long, along one axis (negative axes count from the end). */
export function narrow(tensor: TensorExpression, axis: number, start: number, length: number): TensorExpression {
  const at = axis < 0 ? axis + tensor.shape.length : axis;
  const dimension = tensor.shape[at];
  if (dimension === undefined || start < 0 || length < 0 || start + length > dimension) {
    throw wrongShape(tensor, `has no ${length} entries from ${start} in dimension ${axis}`);
  }
  const factors = factorsOf(tensor);
  if (factors !== undefined) return narrowedProduct(factors, at, start, length);
  const inner = product(tensor.shape.slice(at + 1)) * valueSize(tensor.dtype);
  const runs: Runs = { stride: dimension * inner, offset: start * inner, run: length * inner };
  const count = product(tensor.shape.slice(0, at));
  const part: TensorExpression = {
    dtype: tensor.dtype,
    shape: tensor.shape.with(at, length),
    sources: runSources(tensor, runs, count),
    read: (range, signal) => readRuns(tensor, runs, range, signal),
  };
  return count === 1 ? evenPart(part, runs.run, tensor, runs.offset) : part;
}

/** What a reading of every run reads: the gaps between them, too, when they are small. */
function runSources(tensor: TensorExpression, { stride, offset, run }: Runs, count: number): readonly FileRange[] {
  if (run === 0 || count === 0) return [];
  if (stride - run <= GAP_LIMIT) return sourcesOfPart(tensor, offset, (count - 1) * stride + offset + run);
  return Array.from({ length: count }, (_, index) =>
    sourcesOfPart(tensor, index * stride + offset, index * stride + offset + run),
  ).flat();
}

/** Columns come from the first factor, rows from the second, entries of a stack from both. */
function narrowedProduct({ a, b }: Factors, axis: number, start: number, length: number): TensorExpression {
  const columns = a.shape.length - 1;
  if (axis === columns) return productOf({ a: narrow(a, axis, start, length), b });
  const rows = narrow(b, axis, start, length);
  if (axis === columns - 1 || a.shape[axis] === 1) return productOf({ a, b: rows });
  return productOf({ a: narrow(a, axis, start, length), b: rows });
}

/** Consecutive parts along an axis, of the given lengths, which must add up to the dimension. */
export function splitAxis(tensor: TensorExpression, axis: number, lengths: readonly number[]): TensorExpression[] {
  const dimension = tensor.shape.at(axis);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (dimension !== total)
    throw wrongShape(tensor, `cannot be split into [${lengths.join(', ')}] in dimension ${axis}`);
  let at = 0;
  return lengths.map((length) => {
    at += length;
    return narrow(tensor, axis, at - length, length);
  });
}

/** Every second entry along an axis, from the first (`offset` 0) or the second (1). */
export function everySecond(tensor: TensorExpression, axis: number, offset: 0 | 1): TensorExpression {
  const at = axis < 0 ? axis + tensor.shape.length : axis;
  const pairs = reshape(tensor, tensor.shape.toSpliced(at, 1, -1, 2));
  const taken = narrow(pairs, at + 1, offset, 1);
  return reshape(taken, tensor.shape.with(at, (tensor.shape[at] ?? 0) / 2));
}

/** Every `stride` bytes, the `run` bytes from `offset`. */
interface Runs {
  readonly stride: number;
  readonly offset: number;
  readonly run: number;
}

async function* readRuns(
  tensor: TensorExpression,
  { stride, offset, run }: Runs,
  range: ByteRange,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  if (range.end <= range.start) return;
  const source = (at: number): number => Math.floor(at / run) * stride + offset + (at % run);
  const isWithinOne = Math.floor(range.start / run) === Math.floor((range.end - 1) / run);
  if (!isWithinOne && stride - run <= GAP_LIMIT) {
    yield* inUnits(range, run, (aligned) => dropGaps(tensor, { stride, offset, run }, aligned, signal));
    return;
  }
  for (let at = range.start; at < range.end;) {
    const end = Math.min(range.end, Math.floor(at / run) * run + run);
    yield* tensor.read({ start: source(at), end: source(at) + (end - at) }, signal);
    at = end;
  }
}

/** One stream over runs and gaps. */
async function* dropGaps(
  tensor: TensorExpression,
  { stride, offset, run }: Runs,
  range: ByteRange,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const [first, last] = [range.start / run, range.end / run - 1];
  const cursor = new ByteCursor(
    tensor.read({ start: first * stride + offset, end: last * stride + offset + run }, signal, { lend: true }),
  );
  try {
    for (let index = first; index <= last; index += 1) {
      yield await cursor.take(run);
      if (index < last) await cursor.skip(stride - run);
    }
  } finally {
    await cursor.close();
  }
}
