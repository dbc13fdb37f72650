// IQ4_NL and IQ4_XS: four bits choose one of 16 unevenly spaced values (ggml-quants.c, quantize_row_iq4_nl_impl).
import { byteAt, clamp, f, loadHalf, nearest, storeHalf, toHalf, weightAt } from './arithmetic.js';
import { twinOfBlocks } from './blocks.js';
import { sumOfSquares, weigh } from './importance.js';
import type { Twin } from './twin.js';

const VALUES = Int8Array.of(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113);
/** Between two values the tie goes up; the reference's differences are exact here, so comparing with midpoints is the same. */
const MIDPOINTS = Array.from({ length: 15 }, (_, i) => (valueOf(i) + valueOf(i + 1)) / 2);

function valueOf(level: number): number {
  return VALUES[level] ?? 0;
}

/** The level of the nearest value; 15 for NaN, as the reference's binary search ends there. */
function nearestLevel(x: number): number {
  let level = 0;
  for (const midpoint of MIDPOINTS) if (!(x < midpoint)) level++;
  return level;
}

/** Weighted sums of (value * weight) and (value * value) when `x * inverse` is rounded to the values. */
function correlate(x: Float32Array, w: Float32Array, inverse: number): { sumX: number; sum2: number } {
  let [sumX, sum2] = [0, 0];
  for (const [i, weight] of x.entries()) {
    const value = valueOf(nearestLevel(f(inverse * weight)));
    const wv = f(weightAt(w, i) * value);
    sumX = f(sumX + f(wv * weight));
    sum2 = f(sum2 + f(wv * value));
  }
  return { sumX, sum2 };
}

/** The scale of 32 weights: the best of 16 candidates, each refined by least squares. */
function bestScale(x: Float32Array, w: Float32Array): number {
  let [largest, peak] = [0, 0];
  for (const weight of x) if (Math.abs(weight) > largest) [largest, peak] = [Math.abs(weight), weight];
  if (largest < f(1e-15)) return 0;
  const first = correlate(x, w, f(1 / f(peak / 127)));
  let scale = first.sum2 > 0 ? f(first.sumX / first.sum2) : 0;
  let best = f(scale * first.sumX);
  for (let step = -7; step <= 7; step++) {
    const { sumX, sum2 } = correlate(x, w, f((step - 127) / peak));
    if (!(sum2 > 0 && f(sumX * sumX) > f(best * sum2))) continue;
    scale = f(sumX / sum2);
    best = f(scale * sumX);
  }
  return scale;
}

/** Weights of the error: the importance times the expected magnitude, or the square. */
function errorWeights(x: Float32Array, variance: number, importance?: Float32Array): Float32Array {
  if (importance === undefined) return x.map((weight) => weight * weight);
  return weigh(x, importance, variance);
}

/** Twice the mean square. */
function doubleMeanSquare(x: Float32Array): number {
  return f(sumOfSquares(x) * f(2 / x.length));
}

function storeLevels(x: Float32Array, inverse: number, out: Uint8Array): void {
  for (let i = 0; i < 16; i++) {
    const high = nearestLevel(f(inverse * weightAt(x, i + 16)));
    out[i] = nearestLevel(f(inverse * weightAt(x, i))) | (high << 4);
  }
}

function loadLevels(bytes: Uint8Array, scale: number, out: Float32Array): void {
  for (let i = 0; i < 16; i++) {
    out[i] = scale * valueOf(byteAt(bytes, i) & 15);
    out[i + 16] = scale * valueOf(byteAt(bytes, i) >> 4);
  }
}

/** IQ4_NL: 32 weights, an f16 scale, 16 bytes of levels. */
export const iq4Nl: Twin = twinOfBlocks({
  blockLength: 32,
  blockSize: 18,
  quantizeBlock(x, out, importance) {
    const scale = bestScale(x, errorWeights(x, doubleMeanSquare(x), importance));
    storeHalf(out, 0, toHalf(scale));
    storeLevels(x, scale === 0 ? 0 : f(1 / scale), out.subarray(2));
  },
  dequantizeBlock(bytes, out) {
    loadLevels(bytes.subarray(2), loadHalf(bytes, 0), out);
  },
});

function subBlocks(x: Float32Array): Float32Array[] {
  return Array.from({ length: 8 }, (_, i) => x.subarray(32 * i, 32 * i + 32));
}

/** IQ4_XS: 256 weights in 8 sub-blocks, whose 6-bit scales multiply one f16 scale. */
export const iq4Xs: Twin = twinOfBlocks({
  blockLength: 256,
  blockSize: 136,
  quantizeBlock(x, out, importance) {
    const variance = doubleMeanSquare(x);
    const scales = subBlocks(x).map((sub, i) =>
      bestScale(sub, errorWeights(sub, variance, importance?.subarray(32 * i, 32 * i + 32))),
    );
    let peak = 0;
    for (const scale of scales) if (Math.abs(scale) > Math.abs(peak)) peak = scale;
    const d = f(-peak / 32);
    const inverse = d === 0 ? 0 : f(1 / d);
    out.fill(0);
    storeHalf(out, 0, toHalf(d));
    for (const [i, sub] of subBlocks(x).entries()) {
      const level = clamp(nearest(f(inverse * (scales[i] ?? 0))), -32, 31);
      const scale = f(d * level);
      storeLevels(sub, scale === 0 ? 0 : f(1 / scale), out.subarray(8 + 16 * i));
      storeScale(out, i, level + 32);
    }
  },
  dequantizeBlock(bytes, out) {
    const d = loadHalf(bytes, 0);
    for (const [i, sub] of subBlocks(out).entries())
      loadLevels(bytes.subarray(8 + 16 * i), f(d * (loadScale(bytes, i) - 32)), sub);
  },
});

/** The low four bits of scale i are in bytes 4 to 7, two a byte; the high two bits in bytes 2 and 3, four a byte. */
function storeScale(out: Uint8Array, i: number, scale: number): void {
  out[4 + (i >> 1)] = byteAt(out, 4 + (i >> 1)) | ((scale & 15) << (4 * (i & 1)));
  out[2 + (i >> 2)] = byteAt(out, 2 + (i >> 2)) | ((scale >> 4) << (2 * (i & 3)));
}

function loadScale(bytes: Uint8Array, i: number): number {
  const low = (byteAt(bytes, 4 + (i >> 1)) >> (4 * (i & 1))) & 15;
  return low | (((byteAt(bytes, 2 + (i >> 2)) >> (2 * (i & 3))) & 3) << 4);
}
