import { factorsOf, notOnFactors, productOf, viewOf, type Factors } from './factors.js';
import { SlipwayError } from '../../core/index.js';
import type { TensorExpression, ValueDtype } from './expression-type.js';
import { evenlyFrom } from './placement.js';

export type { TensorExpression, ValueDtype } from './expression-type.js';

/** Bytes of one value. */
export function valueSize(dtype: ValueDtype): number {
  return dtype === 'F32' ? 4 : 2;
}

/** Product of dimensions; 1 for none. */
export function product(dimensions: readonly number[]): number {
  return dimensions.reduce((total, dimension) => total * dimension, 1);
}

/** Bytes of an expression's data. */
export function byteSize({ dtype, shape }: Pick<TensorExpression, 'dtype' | 'shape'>): number {
  return product(shape) * valueSize(dtype);
}

/** The same data under another shape; one dimension may be -1. Throws `MODEL_INVALID` when the counts differ. */
export function reshape(tensor: TensorExpression, shape: readonly number[]): TensorExpression {
  const count = product(tensor.shape);
  const known = product(shape.filter((dimension) => dimension !== -1));
  const full = shape.map((dimension) => (dimension === -1 ? count / Math.max(known, 1) : dimension));
  if (product(full) !== count || full.some((dimension) => !Number.isSafeInteger(dimension) || dimension < 0)) {
    throw wrongShape(tensor, `cannot be seen as [${shape.join(', ')}]`);
  }
  const factors = factorsOf(tensor);
  if (factors !== undefined) return reshapedProduct(factors, full);
  const view: TensorExpression = {
    dtype: tensor.dtype,
    shape: full,
    sources: tensor.sources,
    read: (range, signal, hints) => tensor.read(range, signal, hints),
  };
  return evenlyFrom(view, byteSize(view), [tensor]);
}

/** A product keeps its columns: its rows take another shape. */
function reshapedProduct({ a, b }: Factors, shape: readonly number[]): TensorExpression {
  const [rank = 0, columns = 0] = a.shape.slice(-2);
  if (shape.length < 2 || shape.at(-1) !== columns) throw notOnFactors('reshapes the rows of a matrix');
  const alone = shape.slice(0, -2).map(() => 1);
  return productOf({
    a: viewOf(a, reshape(a, [...alone, rank, columns])),
    b: reshape(b, [...shape.slice(0, -1), rank]),
  });
}

/** The error for a tensor whose shape does not fit what the architecture or the configuration asks for. */
export function wrongShape(tensor: Pick<TensorExpression, 'shape'>, why: string): SlipwayError {
  return new SlipwayError('MODEL_INVALID', `a tensor of shape [${tensor.shape.join(', ')}] ${why}`, {
    try: 'compare the shapes with config.json: one of them does not belong to this model',
  });
}
