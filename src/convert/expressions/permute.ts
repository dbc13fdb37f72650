import type { ByteRange, ReadHints } from '../../core/index.js';
import { ByteCursor, CHUNK_SIZE, inUnits } from './byte-cursor.js';
import { factorsOf, notOnFactors, productOf, type Factors } from './factors.js';
import { evenlyFrom } from './placement.js';
import { byteSize, product, reshape, valueSize, wrongShape, type TensorExpression } from './tensor-expression.js';

/**
 * Reorders axes as numpy's `transpose(axes)` does. Axes that stay in front divide the tensor into blocks, each computed
 * on its own: only one block has to be in memory. A full transpose is one block.
 */
export function permuteAxes(tensor: TensorExpression, axes: readonly number[]): TensorExpression {
  const { shape, dtype } = tensor;
  if (axes.length !== shape.length || new Set(axes).size !== axes.length) {
    throw wrongShape(tensor, `has other axes than [${axes.join(', ')}]`);
  }
  const moved = shape.map((_, index) => axes[index] !== index);
  const from = moved.indexOf(true);
  if (from === -1) return tensor;
  const to = moved.lastIndexOf(true) + 1;
  const factors = factorsOf(tensor);
  if (factors !== undefined) return permutedProduct(factors, axes);
  const block: Block = {
    shape: shape.slice(from, to),
    axes: axes.slice(from, to).map((axis) => axis - from),
    unit: product(shape.slice(to)) * valueSize(dtype),
  };
  const permuted: TensorExpression = {
    dtype,
    shape: axes.map((axis) => shape[axis] ?? 0),
    sources: tensor.sources,
    read: (range, signal, hints) => readBlocks(tensor, block, range, { signal, hints }),
  };
  return evenlyFrom(permuted, byteSize(permuted), [tensor], product(block.shape) * block.unit);
}

/** The rows of a product, or the whole of a matrix. */
function permutedProduct({ a, b }: Factors, axes: readonly number[]): TensorExpression {
  const last = axes.length - 1;
  if (axes[last] === last) {
    if (a.shape.slice(0, -2).some((size) => size !== 1)) throw notOnFactors('reorders stacks of matrices');
    return productOf({ a, b: permuteAxes(b, axes) });
  }
  if (axes.length !== 2) throw notOnFactors('reorders the columns of stacks');
  return productOf({ a: permuteAxes(b, axes), b: permuteAxes(a, axes) });
}

/** Swaps the last two axes. */
export function transpose(tensor: TensorExpression): TensorExpression {
  const rank = tensor.shape.length;
  const axes = tensor.shape.map((_, index) => index);
  return permuteAxes(tensor, [...axes.slice(0, rank - 2), rank - 1, rank - 2]);
}

/** Views a tensor under `view`, reorders the axes of that, and gives the result the shape `shape` (its own unless given). */
export function regroup(
  tensor: TensorExpression,
  view: readonly number[],
  axes: readonly number[],
  shape: readonly number[] = tensor.shape,
): TensorExpression {
  return reshape(permuteAxes(reshape(tensor, view), axes), shape);
}

interface Block {
  /** Dimensions that change places. */
  readonly shape: readonly number[];
  readonly axes: readonly number[];
  /** Bytes that stay together. */
  readonly unit: number;
}

function readBlocks(
  tensor: TensorExpression,
  block: Block,
  range: ByteRange,
  { signal, hints }: { readonly signal: AbortSignal | undefined; readonly hints: ReadHints | undefined },
): AsyncIterable<Uint8Array> {
  const size = product(block.shape) * block.unit;
  return inUnits(range, size, async function* (aligned) {
    const cursor = new ByteCursor(tensor.read(aligned, signal, { lend: true }));
    try {
      const together = Math.max(1, Math.floor(CHUNK_SIZE / size)) * size;
      const most = Math.min(together, aligned.end - aligned.start);
      const [blocks, lent] = [new Uint8Array(most), hints?.lend === true ? new Uint8Array(most) : undefined];
      for (let at = aligned.start; at < aligned.end; at += together) {
        const input = await cursor.takeInto(blocks.subarray(0, Math.min(together, aligned.end - at)));
        const output = lent?.subarray(0, input.byteLength) ?? new Uint8Array(input.byteLength);
        for (let start = 0; start < input.byteLength; start += size) {
          permuteBlock(input.subarray(start, start + size), output.subarray(start, start + size), block);
        }
        yield output;
      }
    } finally {
      await cursor.close();
    }
  });
}

/** Copies unit by unit in the order of the output, which walks through the input with the strides of its axes. */
function permuteBlock(input: Uint8Array, output: Uint8Array, { shape, axes, unit }: Block): void {
  const strides = shape.map((_, axis) => product(shape.slice(axis + 1)));
  const dimensions = axes.map((axis) => shape[axis] ?? 0);
  const steps = axes.map((axis) => strides[axis] ?? 0);
  const copy = unitCopier(input, output, unit);
  const inner = dimensions.length - 1;
  const [length, step] = [dimensions[inner] ?? 1, steps[inner] ?? 1];
  const counters = dimensions.map(() => 0);
  const count = product(shape);
  let base = 0;
  for (let to = 0; to < count; to += length) {
    for (let index = 0, from = base; index < length; index += 1, from += step) copy(to + index, from);
    for (let axis = inner - 1; axis >= 0; axis -= 1) {
      const counter = (counters[axis] ?? 0) + 1;
      base += steps[axis] ?? 0;
      counters[axis] = counter;
      if (counter < (dimensions[axis] ?? 0)) break;
      base -= counter * (steps[axis] ?? 0);
      counters[axis] = 0;
    }
  }
}

function unitCopier(input: Uint8Array, output: Uint8Array, unit: number): (to: number, from: number) => void {
  const aligned = input.byteOffset % unit === 0 && output.byteOffset % unit === 0;
  if (!aligned || (unit !== 2 && unit !== 4)) {
    return (to, from) => output.set(input.subarray(from * unit, (from + 1) * unit), to * unit);
  }
  const [source, target] = [words(input, unit), words(output, unit)];
  return (to, from) => {
    target[to] = source[from] ?? 0;
  };
}

function words(bytes: Uint8Array, unit: 2 | 4): Uint16Array | Uint32Array {
  return unit === 2
    ? new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2)
    : new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}
