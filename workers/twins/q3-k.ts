import { byteAt, clamp, f, loadHalf, nearest, storeHalf, toHalf, weightAt } from './arithmetic.js';
import { sumOf, sumOfSquares, weigh } from './importance.js';
import { largestOf, searchScale, TINY } from './scale-search.js';
import { eachGroup, packTwoBits, requantize, SUPER_BLOCK, superBlockTwin, twoBits } from './super-block.js';
import type { Twin } from './twin.js';

// Super-blocks of 16 groups of 16: 32 bytes of third bits, 64 of the lower two, 12 bytes of signed 6-bit scales, f16 d
// (ggml-quants.c, `quantize_row_q3_K_ref`, `quantize_row_q3_K_impl`).

/** Least squares and up to five sweeps of coordinate descent (`make_q3_quants`); levels 0 ... 7. Returns the scale. */
function descend(x: Float32Array, levels: Uint8Array): number {
  const max = largestOf(x);
  levels.fill(0);
  if (Math.abs(max) < TINY) return 0;
  const inverse = f(-4 / max);
  const l = Int8Array.from(x, (weight) => clamp(nearest(f(inverse * weight)), -4, 3));
  let [lx, l2] = [0, 0];
  for (const [i, level] of l.entries()) {
    const { w, wx } = costs(x, i);
    lx = f(lx + f(wx * level));
    l2 = f(l2 + f(f(w * level) * level));
  }
  for (let round = 0, changed = true; round < 5 && changed; round++) {
    changed = false;
    for (const [i, old] of l.entries()) {
      const { w, wx } = costs(x, i);
      const restLx = f(lx - f(wx * old));
      if (!(restLx > 0)) continue;
      const restL2 = f(l2 - f(f(w * old) * old));
      const level = clamp(nearest(f(f(weightAt(x, i) * restL2) / restLx)), -4, 3);
      if (level === old) continue;
      const [newLx, newL2] = [f(restLx + f(wx * level)), f(restL2 + f(f(w * level) * level))];
      if (!(newL2 > 0 && f(f(newLx * newLx) * l2) > f(f(lx * lx) * newL2))) continue;
      l[i] = level;
      [lx, l2, changed] = [newLx, newL2, true];
    }
  }
  levels.set(l.map((level) => level + 4));
  return l2 > 0 ? f(lx / l2) : 0;
}

/** A weight's square, and its cube as the reference rounds it. */
function costs(x: Float32Array, i: number): { w: number; wx: number } {
  const w = f(weightAt(x, i) * weightAt(x, i));
  return { w, wx: f(w * weightAt(x, i)) };
}

/** Six-bit levels 0 ... 63 relative to the largest magnitude. Returns d. */
function plainLevels(scales: Float32Array, levels: Uint8Array): number {
  const max = largestOf(scales);
  levels.fill(0);
  if (max === 0) return 0;
  const inverse = f(-32 / max);
  for (let j = 0; j < 16; j++) levels[j] = clamp((nearest(f(inverse * weightAt(scales, j))) << 24) >> 24, -32, 31) + 32;
  return f(1 / inverse);
}

function packScales(levels: Uint8Array, out: Uint8Array): void {
  out.fill(0);
  for (let j = 0; j < 16; j++) {
    out[j % 8] = byteAt(out, j % 8) | ((byteAt(levels, j) & 15) << (4 * (j >> 3)));
    out[8 + (j % 4)] = byteAt(out, 8 + (j % 4)) | ((byteAt(levels, j) >> 4) << (2 * (j >> 2)));
  }
}

function unpackScale(packed: Uint8Array, j: number): number {
  const low = (byteAt(packed, j % 8) >> (4 * (j >> 3))) & 15;
  return (low | (((byteAt(packed, 8 + (j % 4)) >> (2 * (j >> 2))) & 3) << 4)) - 32;
}

function quantize(x: Float32Array, out: Uint8Array, importance: Float32Array | undefined): void {
  const [scales, sums] = [new Float32Array(16), new Float32Array(16)];
  const [levels, scaleLevels] = [new Uint8Array(SUPER_BLOCK), new Uint8Array(16)];
  const sigma2 = f(f(2 * sumOfSquares(x)) / SUPER_BLOCK);
  eachGroup(16, (group, start) => {
    const [weights, kept] = [x.subarray(start, start + 16), levels.subarray(start, start + 16)];
    const columns = importance?.subarray(start, start + 16);
    const w = columns === undefined ? undefined : weigh(weights, columns, sigma2);
    scales[group] = w === undefined ? descend(weights, kept) : searchScale(weights, w, 4, kept);
    sums[group] = w === undefined ? 0 : sumOf(w);
  });
  const d = importance === undefined ? plainLevels(scales, scaleLevels) : searchScale(scales, sums, 32, scaleLevels);
  storeHalf(out, 108, toHalf(d));
  packScales(scaleLevels, out.subarray(96, 108));
  eachGroup(16, (group, start) => {
    const scale = f(loadHalf(out, 108) * (byteAt(scaleLevels, group) - 32));
    const bounds = { scale, low: -4, high: 3, shift: 4 };
    requantize(x.subarray(start, start + 16), levels.subarray(start, start + 16), bounds);
  });
  out.fill(0, 0, 32);
  for (const [i, level] of levels.entries()) out[i & 31] = byteAt(out, i & 31) | ((level >> 2) << (i >> 5));
  packTwoBits(levels, 0, out.subarray(32, 96));
}

function dequantize(bytes: Uint8Array, out: Float32Array): void {
  for (let i = 0; i < SUPER_BLOCK; i++) {
    const level = twoBits(bytes.subarray(32, 96), i) | (((byteAt(bytes, i & 31) >> (i >> 5)) & 1) << 2);
    const scale = f(loadHalf(bytes, 108) * unpackScale(bytes.subarray(96, 108), i >> 4));
    out[i] = f(scale * (level - 4));
  }
}

export const q3_k: Twin = superBlockTwin(110, quantize, dequantize);
