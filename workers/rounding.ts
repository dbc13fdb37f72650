/** Sums over weights and what their blocks hold of them, at these places. */
export type RoundingSums = Float64Array;

/** Squares of the differences, and of the weights. */
export const SQUARES = 0;
export const BASE_SQUARES = 1;
/** Both, weighted by the importance of columns. */
export const WEIGHTED_SQUARES = 2;
export const WEIGHTED_BASE = 3;
/** The largest difference. */
export const LARGEST = 4;
/** Weights that were compared. */
export const COMPARED = 5;

/** Which rows of a tensor are compared with their blocks. */
export interface RoundingRows {
  /** Row of the tensor that comes first. */
  readonly firstRow: number;
  /** Rows whose number in the tensor this divides. */
  readonly stride: number;
}

/** Where an engine adds what it finds in the rows of a slab. */
export interface Rounding extends RoundingRows {
  readonly sums: RoundingSums;
}

export function newRoundingSums(): RoundingSums {
  return new Float64Array(6);
}

/** Numbers of the rows to compare, within a slab of so many. */
export function* comparedRows({ firstRow, stride }: RoundingRows, rows: number): Generator<number, void> {
  for (let row = (stride - (firstRow % stride)) % stride; row < rows; row += stride) yield row;
}

/** Adds a row; `columns`: the importance of each, if there is any. */
export function addRounding(
  sums: RoundingSums,
  weights: Float32Array,
  restored: Float32Array,
  columns: Float32Array | undefined,
): void {
  let [squares, base, weighted, weightedBase, largest] = [0, 0, 0, 0, sums[LARGEST] ?? 0];
  for (let index = 0; index < weights.length; index += 1) {
    const weight = weights[index] ?? 0;
    const difference = (restored[index] ?? 0) - weight;
    squares += difference * difference;
    base += weight * weight;
    largest = Math.max(largest, Math.abs(difference));
    if (columns === undefined) continue;
    const importance = columns[index] ?? 0;
    weighted += importance * difference * difference;
    weightedBase += importance * weight * weight;
  }
  const added = [squares, base, weighted, weightedBase, 0, weights.length];
  for (const [index, sum] of added.entries()) sums[index] = (sums[index] ?? 0) + sum;
  sums[LARGEST] = largest;
}
