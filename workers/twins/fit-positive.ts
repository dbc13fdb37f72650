import { byteAt, f, nearest, weightAt } from './arithmetic.js';
import { TINY } from './scale-search.js';

function errorOf(x: Float32Array, w: Float32Array, inverse: number, level: (i: number) => number): number {
  const scale = f(1 / inverse);
  let error = 0;
  for (let i = 0; i < x.length; i++) {
    const difference = f(weightAt(x, i) - f(scale * level(i)));
    error = f(error + f(f(weightAt(w, i) * difference) * difference));
  }
  return error;
}

/**
 * The scale of a few numbers that are not negative, and their levels 0 ... top (`make_qp_quants`): nine candidates,
 * then up to five sweeps that move one level at a time while the correlation improves.
 */
export function fitPositive(x: Float32Array, w: Float32Array, top: number, levels: Uint8Array): number {
  let max = 0;
  for (const value of x) max = max > value ? max : value;
  levels.fill(0);
  if (max < TINY) return 0;
  const levelOf = (inverse: number, i: number): number => Math.min(top, nearest(f(inverse * weightAt(x, i))));
  let inverse = f(top / max);
  // The first candidate is not limited to `top`, but its levels are bytes.
  let best = errorOf(x, w, inverse, (i) => nearest(f(inverse * weightAt(x, i))) & 0xff);
  for (let step = -4; step <= 4; step++) {
    if (step === 0) continue;
    const candidate = f(f(f(f(0.1) * step) + top) / max);
    const error = errorOf(x, w, candidate, (i) => levelOf(candidate, i));
    if (error < best) [best, inverse] = [error, candidate];
  }
  let [lx, l2] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    const l = levelOf(inverse, i);
    levels[i] = l;
    lx = f(lx + f(f(weightAt(w, i) * weightAt(x, i)) * l));
    l2 = f(l2 + f(f(weightAt(w, i) * l) * l));
  }
  return sweep(x, w, top, levels, lx, l2);
}

function sweep(x: Float32Array, w: Float32Array, top: number, levels: Uint8Array, lx: number, l2: number): number {
  for (let round = 0; round < 5; round++) {
    let changed = false;
    for (let i = 0; i < x.length; i++) {
      const [wi, wx, old] = [weightAt(w, i), f(weightAt(w, i) * weightAt(x, i)), byteAt(levels, i)];
      const [restLx, restL2] = [f(lx - f(wx * old)), f(l2 - f(f(wi * old) * old))];
      if (!(restLx > 0 && restL2 > 0)) continue;
      const l = Math.min(top, nearest(f(f(weightAt(x, i) * restL2) / restLx)));
      if (l === old) continue;
      const [newLx, newL2] = [f(restLx + f(wx * l)), f(restL2 + f(f(wi * l) * l))];
      if (!(f(f(newLx * newLx) * l2) > f(f(lx * lx) * newL2))) continue;
      levels[i] = l;
      [lx, l2, changed] = [newLx, newL2, true];
    }
    if (!changed) break;
  }
  return l2 > 0 ? f(lx / l2) : 0;
}
