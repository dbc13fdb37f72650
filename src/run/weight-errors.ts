import type { RoundingError } from '../core/index.js';
import type { TensorSummary } from './summary.js';

/** A tensor whose weights were rounded to blocks. */
export interface TensorWeightError extends RoundingError {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/**
 * How far the weights of a variant are from those that it was made of: `rmse` and `relative` over all tensors that were
 * stored in blocks, `max` the largest difference. It is arithmetic on weights and says nothing about text.
 */
export interface VariantWeightError extends RoundingError {
  readonly variant: string;
  /** In the order in which they were written. */
  readonly tensors: readonly TensorWeightError[];
}

/** The weight error of each variant that has any. */
export function weightErrors(tensors: readonly TensorSummary[]): readonly VariantWeightError[] {
  const variants = new Map<string, (TensorSummary & { readonly weightError: RoundingError })[]>();
  for (const tensor of tensors) {
    const { weightError } = tensor;
    if (weightError === undefined) continue;
    const known = variants.get(tensor.variant) ?? [];
    known.push({ ...tensor, weightError });
    variants.set(tensor.variant, known);
  }
  return [...variants].map(([variant, rounded]) => ({
    variant,
    ...total(rounded),
    tensors: rounded.map(({ name, from, to, weightError }) => ({ name, from, to, ...weightError })),
  }));
}

/** Tensors that lost most, by their share of all squared differences. */
export function worstWeightErrors({ tensors }: VariantWeightError, count: number): readonly TensorWeightError[] {
  const loss = ({ rmse, weights }: TensorWeightError): number => rmse * rmse * weights;
  return tensors.toSorted((a, b) => loss(b) - loss(a) || (a.name < b.name ? -1 : 1)).slice(0, count);
}

function total(rounded: readonly { readonly weights: number; readonly weightError: RoundingError }[]): RoundingError {
  let [weights, squares, base, weighted, weightedBase, max, compared] = [0, 0, 0, 0, 0, 0, 0];
  for (const { weights: count, weightError } of rounded) {
    const { rmse, relative } = weightError;
    const tensorSquares = rmse * rmse * count;
    const tensorBase = relative > 0 ? tensorSquares / (relative * relative) : 0;
    weights += count;
    compared += weightError.weights;
    squares += tensorSquares;
    base += tensorBase;
    max = Math.max(max, weightError.max);
    if (weightError.weighted === undefined) continue;
    weighted += weightError.weighted ** 2 * tensorBase;
    weightedBase += tensorBase;
  }
  return {
    rmse: Math.sqrt(squares / Math.max(weights, 1)),
    relative: squares === 0 ? 0 : Math.sqrt(squares / base),
    max,
    ...(weightedBase > 0 && { weighted: Math.sqrt(weighted / weightedBase) }),
    weights: compared,
  };
}
