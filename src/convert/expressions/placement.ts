import type { FileRange } from '../../files/index.js';
import type { WeightTensor } from '../../safetensors/index.js';
import type { TensorExpression } from './expression-type.js';

/** Where the bytes of an expression come from, part by part. */
interface Placement {
  /** Each is gone through evenly as the expression is. */
  readonly ranges: readonly FileRange[];
  /** Bytes of the expression that are computed together: only from one multiple of it to another are parts alike. */
  readonly unit: number;
  /** Bytes of the expression. */
  readonly size: number;
}

const placements = new WeakMap<TensorExpression, Placement>();

/** All of a stored tensor's bytes. */
export function rangeOf({ file, start, end }: WeightTensor): FileRange {
  return { file, start, end };
}

/** An expression each of whose parts comes from the same part of its sources. Returns it. */
export function evenly(tensor: TensorExpression, size: number, unit: number): TensorExpression {
  placements.set(tensor, { ranges: tensor.sources, unit, size });
  return tensor;
}

/** As {@link evenly}, for what is computed value by value from others: it is even when they are. Returns it. */
export function evenlyFrom(
  tensor: TensorExpression,
  size: number,
  parts: readonly TensorExpression[],
  unit = 1,
): TensorExpression {
  const units = parts.map((part) => {
    const known = placements.get(part);
    return known === undefined ? undefined : (known.unit * size) / Math.max(1, known.size);
  });
  if (units.includes(undefined)) return tensor;
  const widest = Math.max(unit, ...units.map((each) => each ?? unit));
  const together = [unit, ...units].every((each) => Number.isInteger(widest / (each ?? 1)));
  return together ? evenly(tensor, size, widest) : tensor;
}

/** What is read for a part of an expression: all that it is computed from, when nothing better is known. */
export function sourcesOfPart(tensor: TensorExpression, start: number, end: number): readonly FileRange[] {
  const known = placements.get(tensor);
  if (known === undefined || known.size === 0) return tensor.sources;
  const { ranges, unit, size } = known;
  const from = Math.floor(start / unit) * unit;
  const to = Math.min(size, Math.ceil(end / unit) * unit);
  return ranges.map((range) => {
    const scale = (range.end - range.start) / size;
    return {
      file: range.file,
      start: range.start + Math.floor(from * scale),
      end: range.start + Math.ceil(to * scale),
    };
  });
}

/** Remembers that `part` is the bytes of `tensor` from `start` on. Returns the part. */
export function evenPart(
  part: TensorExpression,
  size: number,
  tensor: TensorExpression,
  start: number,
): TensorExpression {
  const known = placements.get(tensor);
  const aligned = known !== undefined && start % known.unit === 0 && size % known.unit === 0;
  return aligned ? evenly(part, size, known.unit) : part;
}
