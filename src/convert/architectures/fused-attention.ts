import { concat, narrow, reshape, wrongShape, type TensorExpression } from '../expressions/index.js';

/**
 * Queries, keys and values that are interleaved head by head, put one after the other: `[heads, 3, length, …]` becomes
 * all queries, all keys, all values.
 */
export function gatherHeads(tensor: TensorExpression, heads: number): TensorExpression {
  const [rows = 0, ...rest] = tensor.shape;
  if (heads < 1 || rows % (3 * heads) !== 0) throw wrongShape(tensor, `is not made of ${heads} heads`);
  const length = rows / heads / 3;
  const view = reshape(tensor, [heads, 3, length, ...rest]);
  const parts = [0, 1, 2].map((part) => reshape(narrow(view, 1, part, 1), [heads * length, ...rest]));
  return concat(parts);
}

/**
 * Groups of several query heads with one key and one value head each (`[groups, queries + 2, length, …]`), taken apart.
 */
export function splitGroups(
  tensor: TensorExpression,
  groups: number,
  queries: number,
  length: number,
): readonly [query: TensorExpression, key: TensorExpression, value: TensorExpression] {
  const [rows = 0, ...rest] = tensor.shape;
  if (groups < 1 || rows !== groups * (queries + 2) * length) {
    throw wrongShape(tensor, `is not made of ${groups} groups of ${queries} query heads`);
  }
  const view = reshape(tensor, [groups, queries + 2, length, ...rest]);
  const part = (start: number, count: number): TensorExpression =>
    reshape(narrow(view, 1, start, count), [groups * count * length, ...rest]);
  return [part(0, queries), part(queries, 1), part(queries + 1, 1)];
}
