import type { TensorType } from '../gguf/index.js';
import type { TensorExpression } from './expressions/index.js';

/** One tensor of the file to be written. */
export interface ComputedTensor {
  readonly name: string;
  readonly tensor: StoredTensor;
  readonly type: TensorType;
}

/** A tensor before its rows are encoded: an expression, or bytes that have a final type already. */
export type StoredTensor = Pick<TensorExpression, 'shape' | 'sources' | 'read'> & { readonly dtype: TensorType };
