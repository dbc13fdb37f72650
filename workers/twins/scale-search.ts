import { clamp, f, nearest, weightAt } from './arithmetic.js';

/** Below this magnitude a sub-block counts as all zeros (`GROUP_MAX_EPS`). */
export const TINY: number = f(1e-15);

/** The weight of largest magnitude, its sign kept; the first one of several. */
export function largestOf(x: Float32Array): number {
  let largest = 0;
  for (const weight of x) if (Math.abs(weight) > Math.abs(largest)) largest = weight;
  return largest;
}

/** Sums of w*x*l and w*l*l over the levels that `inverse` gives, in index order. */
function correlate(x: Float32Array, w: Float32Array, half: number, inverse: number): { lx: number; l2: number } {
  let [lx, l2] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    const l = clamp(nearest(f(inverse * weightAt(x, i))), -half, half - 1);
    lx = f(lx + f(f(weightAt(w, i) * weightAt(x, i)) * l));
    l2 = f(l2 + f(f(weightAt(w, i) * l) * l));
  }
  return { lx, l2 };
}

/**
 * The scale of a group without a minimum, and its levels 0 ... 2*half-1 (`make_qx_quants` with weights):
 * of nineteen candidates the one whose weighted correlation with the group is best.
 */
export function searchScale(x: Float32Array, w: Float32Array, half: number, levels: Uint8Array): number {
  const max = largestOf(x);
  if (Math.abs(max) < TINY) {
    levels.fill(0);
    return 0;
  }
  let inverse = f(-half / max);
  const start = correlate(x, w, half, inverse);
  let scale = start.l2 === 0 ? 0 : f(start.lx / start.l2);
  let best = f(scale * start.lx);
  for (let step = -9; step <= 9; step++) {
    if (step === 0) continue;
    const candidate = f(-f(half + f(f(0.1) * step)) / max);
    const { lx, l2 } = correlate(x, w, half, candidate);
    if (!(l2 > 0 && f(lx * lx) > f(best * l2))) continue;
    scale = f(lx / l2);
    best = f(scale * lx);
    inverse = candidate;
  }
  for (let i = 0; i < x.length; i++) levels[i] = clamp(nearest(f(inverse * weightAt(x, i))), -half, half - 1) + half;
  return scale;
}
