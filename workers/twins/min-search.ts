import { byteAt, clamp, f, nearest, weightAt } from './arithmetic.js';

/** The candidates: inverse scales (first + step*i + top) / range for i from 0 to `steps`. */
export interface MinSearch {
  readonly top: number;
  readonly first: number;
  readonly step: number;
  readonly steps: number;
  /** Errors count by magnitude instead of squared. */
  readonly absolute?: boolean;
}

interface Line {
  readonly scale: number;
  readonly min: number;
}

/** The straight line through weighted points (level, weight), or nothing where it is not determined. */
function regress(x: Float32Array, w: Float32Array, sums: Line, levels: Uint8Array): Line | undefined {
  const { scale: sumW, min: sumX } = sums;
  let [sumL, sumL2, sumXL] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const l = byteAt(levels, i);
    const wl = f(weightAt(w, i) * l);
    sumL = f(sumL + wl);
    sumL2 = f(sumL2 + f(wl * l));
    sumXL = f(sumXL + f(wl * weightAt(x, i)));
  }
  const determinant = f(f(sumW * sumL2) - f(sumL * sumL));
  if (!(determinant > 0)) return undefined;
  const min = f(f(f(sumL2 * sumX) - f(sumL * sumXL)) / determinant);
  if (min > 0) return { scale: f(sumXL / sumL2), min: 0 };
  return { scale: f(f(f(sumW * sumXL) - f(sumX * sumL)) / determinant), min };
}

function setLevels(x: Float32Array, inverse: number, min: number, top: number, levels: Uint8Array): void {
  for (let i = 0; i < x.length; i++) levels[i] = clamp(nearest(f(inverse * f(weightAt(x, i) - min))), 0, top);
}

function errorOf(x: Float32Array, w: Float32Array, line: Line, levels: Uint8Array, absolute: boolean): number {
  let error = 0;
  for (let i = 0; i < x.length; i++) {
    const difference = f(f(f(line.scale * byteAt(levels, i)) + line.min) - weightAt(x, i));
    error = f(error + f(weightAt(w, i) * (absolute ? Math.abs(difference) : f(difference * difference))));
  }
  return error;
}

/**
 * Scale and (negated) minimum of a group, and its levels 0 ... top (`make_qkx2_quants`, `make_qkx3_quants`).
 * An accepted candidate moves the minimum that the next ones start from.
 */
export function searchMin(x: Float32Array, w: Float32Array, levels: Uint8Array, search: MinSearch): Line {
  const { top, first, step, steps, absolute = false } = search;
  let [min, max] = [weightAt(x, 0), weightAt(x, 0)];
  let [sumW, sumX] = [weightAt(w, 0), f(weightAt(w, 0) * weightAt(x, 0))];
  for (let i = 1; i < x.length; i++) {
    if (weightAt(x, i) < min) min = weightAt(x, i);
    if (weightAt(x, i) > max) max = weightAt(x, i);
    sumW = f(sumW + weightAt(w, i));
    sumX = f(sumX + f(weightAt(w, i) * weightAt(x, i)));
  }
  if (min > 0) min = 0;
  levels.fill(0);
  if (max <= min) return { scale: 0, min: -min };
  const start = f(top / f(max - min));
  let scale = f(1 / start);
  setLevels(x, start, min, top, levels);
  let best = errorOf(x, w, { scale, min }, levels, absolute);
  const tried = new Uint8Array(x.length);
  for (let i = 0; i <= steps; i++) {
    const inverse = f(f(f(f(first) + f(f(step) * i)) + top) / f(max - min));
    setLevels(x, inverse, min, top, tried);
    const line = regress(x, w, { scale: sumW, min: sumX }, tried);
    const error = line === undefined ? Infinity : errorOf(x, w, line, tried, absolute);
    if (line === undefined || !(error < best)) continue;
    levels.set(tried);
    best = error;
    ({ scale, min } = line);
  }
  return { scale, min: -min };
}
