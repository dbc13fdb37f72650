// What IQ2 and IQ3 share: a sub-block is stored as signs, one scale and grid points of odd numbers 1, 3, 5, ...
// Several scales are tried; for each, every group of weights goes to its grid point (ggml-quants.c, quantize_row_iq2_*_impl
// and quantize_row_iq3_*_impl).
import { byteAt, clamp, f, nearest, weightAt } from './arithmetic.js';
import { OverflowingError } from './blocks.js';
import type { Grid } from './grid.js';

/** The magnitudes of a sub-block as they are searched, with the weights of their errors. */
export interface SubBlock {
  readonly x: Float32Array;
  readonly w: Float32Array;
  /** A byte of signs for each eight weights. */
  readonly signs: Uint8Array;
}

/** Levels of a sub-block; a group that was off the grid was moved to its best neighbour. */
interface Placement {
  readonly levels: Uint8Array;
  readonly onGrid: readonly boolean[];
}

export interface Fit {
  readonly scale: number;
  readonly levels: Uint8Array;
}

export interface Candidates {
  /** Tried are steps from -reach to reach. */
  readonly reach: number;
  readonly step: number;
  /** The magnitude that level `levels - 1` stands for at step 0. */
  readonly top: number;
}

/** Splits weights into magnitudes and signs. With `evenSigns`, an odd count is made even by flipping the cheapest weight. */
export function splitSigns(weights: Float32Array, w: Float32Array, evenSigns: boolean): SubBlock {
  const x = weights.map((weight) => (weight >= 0 ? weight : -weight));
  const signs = new Uint8Array(weights.length / 8);
  for (let k = 0; k < signs.length; k++) {
    const group = weights.subarray(8 * k, 8 * k + 8);
    let [byte, count] = [0, 0];
    for (const [i, weight] of group.entries()) if (!(weight >= 0)) [byte, count] = [byte | (1 << i), count + 1];
    if (evenSigns && count % 2 === 1) {
      const flipped = cheapest(group, w.subarray(8 * k, 8 * k + 8));
      x[8 * k + flipped] = -weightAt(x, 8 * k + flipped);
      byte ^= 1 << flipped;
    }
    signs[k] = evenSigns ? byte & 127 : byte;
  }
  return { x, w, signs };
}

function cheapest(weights: Float32Array, w: Float32Array): number {
  const cost = (i: number): number => f(f(weightAt(w, i) * weightAt(weights, i)) * weightAt(weights, i));
  let least = 0;
  for (let i = 1; i < 8; i++) if (cost(i) < cost(least)) least = i;
  return least;
}

/** `max = MAX(max, x)` over a sub-block. */
export function maximum(x: Float32Array): number {
  return x.reduce((kept, value) => (kept > value ? kept : value));
}

/** The level of every weight under a scale, before the grid is asked. */
function roundToLevels(x: Float32Array, inverse: number, top: number): Uint8Array {
  return Uint8Array.from(x, (value) => clamp(nearest(f(0.5 * f(f(inverse * value) - 1))), 0, top));
}

/** The neighbour with the smallest weighted error; the first of equals. */
function bestNeighbour(grid: Grid, list: Uint16Array, x: Float32Array, w: Float32Array, scale: number): number {
  let [best, least] = [-1, f(3.4028234663852886e38)];
  for (const point of list) {
    let error = 0;
    for (let i = 0; i < grid.width; i++) {
      const difference = f(f(scale * (2 * byteAt(grid.points, point * grid.width + i) + 1)) - weightAt(x, i));
      error = f(error + f(f(weightAt(w, i) * difference) * difference));
    }
    if (error < least) [best, least] = [point, error];
  }
  if (best < 0) throw new OverflowingError('an error exceeds single precision');
  return best;
}

/** Moves the levels of group k to the grid; true when they were on it. */
function placeGroup(
  grid: Grid,
  sub: SubBlock,
  roots: Float32Array,
  k: number,
  scale: number,
  levels: Uint8Array,
): boolean {
  const [start, end] = [k * grid.width, (k + 1) * grid.width];
  const group = levels.subarray(start, end);
  const found = grid.lookUp(group);
  if (typeof found === 'number') return true;
  const point = bestNeighbour(grid, found, sub.x.subarray(start, end), roots.subarray(start, end), scale);
  group.set(grid.points.subarray(point * grid.width, (point + 1) * grid.width));
  return false;
}

function place(grid: Grid, sub: SubBlock, roots: Float32Array, inverse: number, scale: number): Placement {
  const levels = roundToLevels(sub.x, inverse, grid.levels - 1);
  const onGrid = Array.from({ length: levels.length / grid.width }, (_, k) =>
    placeGroup(grid, sub, roots, k, scale, levels),
  );
  return { levels, onGrid };
}

/** Weighted sums of (number * weight) and (number * number) over a sub-block, for the numbers of `levels`. */
function correlate(sub: SubBlock, levels: Uint8Array): { sumX: number; sum2: number } {
  let [sumX, sum2] = [0, 0];
  for (const [i, value] of sub.x.entries()) {
    const w = weightAt(sub.w, i);
    const number = 2 * byteAt(levels, i) + 1;
    sumX = f(sumX + f(f(w * value) * number));
    sum2 = f(sum2 + f(f(w * number) * number));
  }
  return { sumX, sum2 };
}

/** The square roots that the reference weighs a neighbour's errors with. */
export function rootsOf(w: Float32Array): Float32Array {
  return w.map((value) => Math.sqrt(value));
}

/** Tries every candidate scale. `start` holds when none is better than nothing. */
export function searchScales(
  grid: Grid,
  sub: SubBlock,
  roots: Float32Array,
  largest: number,
  tried: Candidates,
  start: Fit,
): Fit & Placement {
  let best = 0;
  let kept = { ...start, onGrid: Array.from({ length: sub.x.length / grid.width }, () => true) as readonly boolean[] };
  for (let step = -tried.reach; step <= tried.reach; step++) {
    const inverse = f(f(tried.top + f(step * f(tried.step))) / largest);
    const placed = place(grid, sub, roots, inverse, f(1 / inverse));
    const { sumX, sum2 } = correlate(sub, placed.levels);
    if (!(sum2 > 0 && f(sumX * sumX) > f(best * sum2))) continue;
    const scale = f(sumX / sum2);
    best = f(scale * sumX);
    kept = { ...placed, scale };
  }
  return kept;
}

/** Places the groups that `again` names once more, under the scale that was found, and fits the scale to all. */
export function refine(grid: Grid, sub: SubBlock, roots: Float32Array, fit: Fit, again: (k: number) => boolean): Fit {
  const fresh = roundToLevels(sub.x, f(1 / fit.scale), grid.levels - 1);
  const levels = fit.levels.slice();
  for (let k = 0; k * grid.width < levels.length; k++) {
    if (!again(k)) continue;
    placeGroup(grid, sub, roots, k, fit.scale, fresh);
    levels.set(fresh.subarray(k * grid.width, (k + 1) * grid.width), k * grid.width);
  }
  const { sumX, sum2 } = correlate(sub, levels);
  return { levels, scale: sum2 > 0 ? f(sumX / sum2) : fit.scale };
}

/** Scales are stored without a sign: a negative one turns all signs around. `mask` keeps what is stored of them. */
export function makePositive(fit: Fit, signs: Uint8Array, mask: number): Fit {
  if (!(fit.scale < 0)) return fit;
  for (const [k, byte] of signs.entries()) signs[k] = ~byte & mask;
  return { ...fit, scale: -fit.scale };
}

/** The number of the grid point that group k of the levels is. */
export function pointAt(grid: Grid, levels: Uint8Array, k: number): number {
  return grid.lookUp(levels.subarray(k * grid.width, (k + 1) * grid.width)) as number;
}

/** The four-bit level of a sub-block's scale, where level l stands for 2l + 1 times the unit. */
export function scaleLevel(inverse: number, scale: number, top: number): number {
  return clamp(nearest(f(0.5 * f(f(inverse * scale) - 1))), 0, top);
}
