import type { ByteRange, ReadHints } from '../../core/index.js';
import type { FileRange } from '../../files/index.js';

/** How an expression's values are stored. Everything else that a safetensors file may hold is widened to F32 first. */
export type ValueDtype = 'F32' | 'F16' | 'BF16';

/**
 * A tensor that is computed when it is read: its bytes can be had at any range, each range on its own, so that a file
 * made of such tensors can be opened at any offset. Building an expression reads nothing.
 */
export interface TensorExpression {
  readonly dtype: ValueDtype;
  /** Outermost dimension first, as in safetensors and numpy. */
  readonly shape: readonly number[];
  /** What a reading of the whole reads, in that order; what it reads twice stands there twice. */
  readonly sources: readonly FileRange[];
  /** Bytes `range` of the row-major data, little-endian. As a ModelFile's. */
  read(range: ByteRange, signal?: AbortSignal, hints?: ReadHints): AsyncIterable<Uint8Array>;
}
