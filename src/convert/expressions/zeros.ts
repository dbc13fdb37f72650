import { CHUNK_SIZE } from './byte-cursor.js';
import type { TensorExpression, ValueDtype } from './tensor-expression.js';

/** A tensor of nothing but zeros, which takes no memory. */
export function zeros(dtype: ValueDtype, shape: readonly number[]): TensorExpression {
  return {
    dtype,
    shape,
    sources: [],
    async *read(range) {
      for (let at = range.start; at < range.end; at += CHUNK_SIZE) {
        yield new Uint8Array(Math.min(CHUNK_SIZE, range.end - at));
      }
    },
  };
}
