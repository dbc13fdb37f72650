import { SlipwayError } from '../../core/index.js';
import type { TensorExpression } from './expression-type.js';

/** A matrix that is only known as the product of two narrow ones, as a LoRA adapter stores its changes. */
export interface Factors {
  /** `[…, rank, columns]`. */
  readonly a: TensorExpression;
  /** `[…, rows, rank]`. */
  readonly b: TensorExpression;
}

const known = new WeakMap<TensorExpression, Factors>();

/** The factors of a tensor that is a product, `undefined` for every other. */
export function factorsOf(tensor: TensorExpression): Factors | undefined {
  return known.get(tensor);
}

/**
 * The product of two factors, as a tensor that rules can reshape, reorder, cut and join: what they do is done to the
 * factors. It has no values of its own. Throws `MODEL_INVALID` when the factors do not belong together.
 */
export function productOf({ a, b }: Factors): TensorExpression {
  const [rank, columns] = [a.shape.at(-2), a.shape.at(-1)];
  if (a.shape.length !== b.shape.length || rank === undefined || columns === undefined || rank !== b.shape.at(-1)) {
    throw new SlipwayError('MODEL_INVALID', 'the two matrices of an adapter do not belong together', {
      got: `A is [${a.shape.join(', ')}], B is [${b.shape.join(', ')}]`,
    });
  }
  const product: TensorExpression = {
    dtype: a.dtype === b.dtype ? a.dtype : 'F32',
    shape: [...b.shape.slice(0, -1), columns],
    sources: [],
    read: () => {
      throw new SlipwayError('INTERNAL', 'a product of factors has no values to read');
    },
  };
  known.set(product, { a, b });
  return product;
}

const roots = new WeakMap<TensorExpression, TensorExpression>();

/** Remembers that `view` is the same data as `tensor` under another shape. Returns the view. */
export function viewOf(tensor: TensorExpression, view: TensorExpression): TensorExpression {
  roots.set(view, rootOf(tensor));
  return view;
}

/** The tensor whose data this one has, whatever its shape. */
export function rootOf(tensor: TensorExpression): TensorExpression {
  return roots.get(tensor) ?? tensor;
}

/** The error for a change that only the whole matrix could undergo. */
export function notOnFactors(what: string): SlipwayError {
  return new SlipwayError('ARCH_UNSUPPORTED', `this architecture ${what}, which cannot be done to an adapter`, {
    try: "llama.cpp's converter refuses it, too: merge the adapter into its base model and convert the result",
  });
}
