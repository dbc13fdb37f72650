import { byteAt, f, loadHalf, nearest, storeHalf, toHalf } from './arithmetic.js';
import { fitPositive } from './fit-positive.js';
import { sumOf, sumOfSquares, weigh } from './importance.js';
import { searchMin } from './min-search.js';
import { eachGroup, packTwoBits, requantize, SUPER_BLOCK, superBlockTwin, twoBits } from './super-block.js';
import type { Twin } from './twin.js';

// Super-blocks of 16 groups of 16: 16 bytes with a 4-bit scale and a 4-bit minimum each, 64 bytes of levels, f16 d,
// f16 dmin (ggml-quants.c, `quantize_row_q2_K_ref`, `quantize_row_q2_K_impl`).

const PLAIN = { top: 3, first: -0.5, step: 0.1, steps: 15, absolute: true };
const IMPORTANT = { top: 3, first: -0.9, step: 0.05, steps: 36 };

/** Nibbles relative to the largest value, as whole integers: a negative one overflows its nibble. */
function plainLevels(values: Float32Array): { levels: number[]; unit: number } {
  let max = 0;
  for (const value of values) if (value > max) max = value;
  if (!(max > 0)) return { levels: [], unit: 0 };
  const inverse = f(15 / max);
  return { levels: Array.from(values, (value) => nearest(f(inverse * value))), unit: f(max / 15) };
}

function fitted(values: Float32Array, sums: Float32Array): { levels: number[]; unit: number } {
  const levels = new Uint8Array(16);
  const unit = fitPositive(values, sums, 15, levels);
  return { levels: [...levels], unit };
}

function quantize(x: Float32Array, out: Uint8Array, importance: Float32Array | undefined): void {
  const [scales, mins, sums] = [new Float32Array(16), new Float32Array(16), new Float32Array(16)];
  const levels = new Uint8Array(SUPER_BLOCK);
  const sigma2 = f(sumOfSquares(x) / SUPER_BLOCK);
  eachGroup(16, (group, start) => {
    const weights = x.subarray(start, start + 16);
    const columns = importance?.subarray(start, start + 16);
    const w = columns === undefined ? weights.map(Math.abs) : weigh(weights, columns, sigma2);
    const candidates = columns === undefined ? PLAIN : IMPORTANT;
    const { scale, min } = searchMin(weights, w, levels.subarray(start, start + 16), candidates);
    scales[group] = scale;
    mins[group] = min;
    sums[group] = sumOf(w);
  });
  const scaleLevels = importance === undefined ? plainLevels(scales) : fitted(scales, sums);
  const minLevels = importance === undefined ? plainLevels(mins) : fitted(mins, sums);
  storeHalf(out, 80, toHalf(scaleLevels.unit));
  storeHalf(out, 82, toHalf(minLevels.unit));
  eachGroup(16, (group, start) => {
    const packed = ((scaleLevels.levels[group] ?? 0) | ((minLevels.levels[group] ?? 0) << 4)) & 0xff;
    out[group] = packed;
    const [scale, min] = [f(loadHalf(out, 80) * (packed & 15)), f(loadHalf(out, 82) * (packed >> 4))];
    requantize(x.subarray(start, start + 16), levels.subarray(start, start + 16), { scale, min, low: 0, high: 3 });
  });
  packTwoBits(levels, 0, out.subarray(16, 80));
}

function dequantize(bytes: Uint8Array, out: Float32Array): void {
  for (let i = 0; i < SUPER_BLOCK; i++) {
    const packed = byteAt(bytes, i >> 4);
    const scale = f(loadHalf(bytes, 80) * (packed & 15));
    out[i] = f(f(scale * twoBits(bytes.subarray(16, 80), i)) - f(loadHalf(bytes, 82) * (packed >> 4)));
  }
}

export const q2_k: Twin = superBlockTwin(84, quantize, dequantize);
