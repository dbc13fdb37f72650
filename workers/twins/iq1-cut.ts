// The search for the best way to cut the sorted weights of an IQ1 sub-block into three groups (ggml-quants.c,
// quantize_row_iq1_s_impl and quantize_row_iq1_m_impl): all cuts are tried, with every shift of the numbers.
import { f, weightAt } from './arithmetic.js';

/** The three numbers under an upward and a downward shift. */
export const UP: Float32Array = Float32Array.of(-0.875, 0.125, 1.125);
export const DOWN: Float32Array = Float32Array.of(-1.125, -0.125, 0.875);
export const LARGEST_SINGLE: number = 3.4028234663852886e38;

/** Weights of a sub-block with those of their errors, and the order of the weights by size (equals keep theirs). */
export interface Sorted {
  readonly x: Float32Array;
  readonly w: Float32Array;
  readonly order: readonly number[];
}

/** Sorted weights before `low` become level 0, those before `high` level 1, the others 2. */
export interface Cut {
  readonly low: number;
  readonly high: number;
  readonly scale: number;
  /** Which of the tried shifts. */
  readonly shift: number;
}

/** The scores of one cut: a pair (sum of number * weight, sum of number squared) for every shift. */
type Score = (low: number, high: number) => readonly (readonly [number, number])[];

/** Tries all cuts and shifts in the reference's order; undefined when none has a positive square sum. */
function bestCut(length: number, score: Score): Cut | undefined {
  let best = -LARGEST_SINGLE;
  let cut: Cut | undefined;
  for (let low = 0; low <= length; low++)
    for (let high = low; high <= length; high++)
      for (const [shift, [sumX, sum2]] of score(low, high).entries()) {
        if (!(sum2 > 0 && f(sumX * sumX) > f(best * sum2))) continue;
        const scale = f(sumX / sum2);
        best = f(scale * sumX);
        cut = { low, high, scale, shift };
      }
  return cut;
}

/** Sums of the first 0, 1, 2, … sorted weights that are `counted`. */
function prefixSums(sorted: Sorted, value: (i: number) => number, counted: (i: number) => boolean): Float32Array {
  const sums = new Float32Array(sorted.order.length + 1);
  for (const [j, i] of sorted.order.entries())
    sums[j + 1] = counted(i) ? f(weightAt(sums, j) + value(i)) : weightAt(sums, j);
  return sums;
}

/** The sums of three consecutive groups with the numbers of one shift. */
function threeGroups(
  x: Float32Array,
  w: Float32Array,
  low: number,
  high: number,
  numbers: Float32Array,
): [number, number] {
  const [end, n0, n1, n2] = [x.length - 1, weightAt(numbers, 0), weightAt(numbers, 1), weightAt(numbers, 2)];
  const cuts = (sums: Float32Array): [number, number, number] => [
    weightAt(sums, low),
    f(weightAt(sums, high) - weightAt(sums, low)),
    f(weightAt(sums, end) - weightAt(sums, high)),
  ];
  const [x0, x1, x2] = cuts(x);
  const [w0, w1, w2] = cuts(w);
  const sum2 = f(f(f(f(w0 * n0) * n0) + f(f(w1 * n1) * n1)) + f(f(w2 * n2) * n2));
  return [f(f(f(x0 * n0) + f(x1 * n1)) + f(x2 * n2)), sum2];
}

/** The best cut of 32 weights (IQ1_S); shift 0 is up, 1 down. */
export function cutThirtyTwo(sub: Sorted): Cut | undefined {
  const everyWeight = (): boolean => true;
  const x = prefixSums(sub, (i) => f(weightAt(sub.w, i) * weightAt(sub.x, i)), everyWeight);
  const w = prefixSums(sub, (i) => weightAt(sub.w, i), everyWeight);
  return bestCut(32, (low, high) => [threeGroups(x, w, low, high, UP), threeGroups(x, w, low, high, DOWN)]);
}

/** What one half of a sub-block contributes to a cut: sums with the upward and the downward numbers. */
function halfScores(
  sub: Sorted,
  half: number,
): (low: number, high: number) => [up: [number, number], down: [number, number]] {
  const counted = (i: number): boolean => i >> 3 === half;
  const x = prefixSums(sub, (i) => f(weightAt(sub.w, i) * weightAt(sub.x, i)), counted);
  const w = prefixSums(sub, (i) => weightAt(sub.w, i), counted);
  const score = (low: number, high: number, numbers: Float32Array): [number, number] => {
    const [n0, n1, n2] = [weightAt(numbers, 0), weightAt(numbers, 1), weightAt(numbers, 2)];
    const sumX = f(f(weightAt(x, 16) * n2) - f(weightAt(x, low) + weightAt(x, high)));
    const all = f(f(weightAt(w, 16) * n2) * n2);
    const below = f(weightAt(w, low) * (n0 * n0 - n1 * n1));
    return [sumX, f(f(all + below) + f(weightAt(w, high) * (n1 * n1 - n2 * n2)))];
  };
  return (low, high) => [score(low, high, UP), score(low, high, DOWN)];
}

/** The best cut of 16 weights (IQ1_M); shifts 0 to 3 are up-up, up-down, down-up, down-down for the two halves. */
export function cutSixteen(sub: Sorted): Cut | undefined {
  const [first, second] = [halfScores(sub, 0), halfScores(sub, 1)];
  return bestCut(16, (low, high) =>
    first(low, high).flatMap(([x0, w0]) =>
      second(low, high).map(([x1, w1]): [number, number] => [f(x0 + x1), f(w0 + w1)]),
    ),
  );
}
