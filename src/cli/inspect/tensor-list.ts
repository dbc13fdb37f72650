import { formatBytes } from '../../run/index.js';
import { safeLine, table } from '../screen/text.js';

/** A tensor of any format. */
export interface TensorRow {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  readonly weights: number;
  readonly size: number;
  /** Of its data in the file. */
  readonly offset: number;
  readonly file?: string;
}

/** How much of each type there is. */
export function typeRows(tensors: readonly TensorRow[]): string {
  const types = new Map<string, { count: number; weights: number; size: number }>();
  for (const { type, weights, size } of tensors) {
    const sum = types.get(type) ?? { count: 0, weights: 0, size: 0 };
    types.set(type, { count: sum.count + 1, weights: sum.weights + weights, size: sum.size + size });
  }
  if (types.size === 0) return '';
  const rows = [...types]
    .sort(([, a], [, b]) => b.size - a.size)
    .map(([type, { count, weights, size }]) => row(type, count, weights, size));
  const weights = tensors.reduce((sum, tensor) => sum + tensor.weights, 0);
  const size = tensors.reduce((sum, tensor) => sum + tensor.size, 0);
  const all = row('all', tensors.length, weights, size);
  return table(
    [['  TYPE', 'TENSORS', 'WEIGHTS', 'SIZE', 'BITS'], ...rows, ...(types.size > 1 ? [all] : [])],
    [1, 2, 3, 4],
  );
}

function row(type: string, count: number, weights: number, size: number): string[] {
  const bits = weights === 0 ? '' : ((size * 8) / weights).toFixed(2);
  return [`  ${type}`, String(count), weights.toLocaleString('en-US'), formatBytes(size), bits];
}

/** Every tensor, in the file's order. */
export function tensorRows(tensors: readonly TensorRow[]): string {
  const rows = tensors.map(({ name, type, shape, size, file }) => [
    `  ${safeLine(name)}`,
    type,
    `[${shape.join(', ')}]`,
    formatBytes(size),
    ...(file === undefined ? [] : [safeLine(file)]),
  ]);
  return table([['  TENSOR', 'TYPE', 'SHAPE', 'SIZE'], ...rows], [3]);
}
