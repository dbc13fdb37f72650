import { byteAt, f, loadHalf, nearest, storeHalf, toHalf, weightAt } from './arithmetic.js';
import { fitPositive } from './fit-positive.js';
import { sumOf, sumOfSquares, weigh } from './importance.js';
import { searchMin, type MinSearch } from './min-search.js';
import { eachGroup, requantize, SUPER_BLOCK, superBlockTwin } from './super-block.js';
import type { Twin } from './twin.js';

// Super-blocks of 8 groups of 32: f16 d, f16 dmin, 12 bytes of 6-bit scales and minimums, the fifth bits (Q5_K),
// 128 bytes of nibbles (ggml-quants.c, `quantize_row_q4_K_ref`, `quantize_row_q4_K_impl` and the same of Q5_K).

/** What the searches found for the eight groups, and the levels of all weights. */
interface Found {
  readonly scales: Float32Array;
  readonly mins: Float32Array;
  /** Sums of the groups' weights. */
  readonly sums: Float32Array;
  readonly levels: Uint8Array;
}

/** Root mean square plus magnitude: what an error costs without importance. */
function ownWeights(x: Float32Array): Float32Array {
  const average = f(Math.sqrt(f(sumOfSquares(x) / 32)));
  return x.map((weight) => f(average + Math.abs(weight)));
}

function search(x: Float32Array, importance: Float32Array | undefined, candidates: MinSearch): Found {
  const found = {
    scales: new Float32Array(8),
    mins: new Float32Array(8),
    sums: new Float32Array(8),
    levels: new Uint8Array(SUPER_BLOCK),
  };
  const sigma2 = f(f(2 * sumOfSquares(x)) / SUPER_BLOCK);
  eachGroup(32, (group, start) => {
    const group32 = x.subarray(start, start + 32);
    const columns = importance?.subarray(start, start + 32);
    const w = columns === undefined ? ownWeights(group32) : weigh(group32, columns, sigma2);
    const { scale, min } = searchMin(group32, w, found.levels.subarray(start, start + 32), candidates);
    found.scales[group] = scale;
    found.mins[group] = min;
    found.sums[group] = sumOf(w);
  });
  return found;
}

/** Six-bit levels relative to the largest value; through a byte, a negative one ends as 63. */
function plainLevels(values: Float32Array, levels: Uint8Array): number {
  let max = 0;
  for (const value of values) if (value > max) max = value;
  const inverse = max > 0 ? f(63 / max) : 0;
  for (let j = 0; j < 8; j++) levels[j] = Math.min(63, nearest(f(inverse * weightAt(values, j))) & 0xff);
  return f(max / 63);
}

function packScales(scales: Uint8Array, mins: Uint8Array, out: Uint8Array): void {
  for (let j = 0; j < 4; j++) {
    const [scale, min] = [byteAt(scales, j + 4), byteAt(mins, j + 4)];
    out[j] = byteAt(scales, j) | ((scale >> 4) << 6);
    out[j + 4] = byteAt(mins, j) | ((min >> 4) << 6);
    out[j + 8] = (scale & 15) | ((min & 15) << 4);
  }
}

/** Scale and minimum of a group as they were packed. */
function unpackScale(packed: Uint8Array, group: number): { scale: number; min: number } {
  if (group < 4) return { scale: byteAt(packed, group) & 63, min: byteAt(packed, group + 4) & 63 };
  const low = byteAt(packed, group + 4);
  return {
    scale: (low & 15) | ((byteAt(packed, group - 4) >> 6) << 4),
    min: (low >> 4) | ((byteAt(packed, group) >> 6) << 4),
  };
}

function packLevels(levels: Uint8Array, out: Uint8Array): void {
  const nibbles = out.subarray(out.length - 128);
  const fifth = out.subarray(16, out.length - 128).fill(0);
  for (let i = 0; i < SUPER_BLOCK; i++) {
    const [group, column, level] = [i >> 5, i & 31, byteAt(levels, i)];
    const at = (group >> 1) * 32 + column;
    nibbles[at] = group % 2 === 0 ? level & 15 : byteAt(nibbles, at) | ((level & 15) << 4);
    if (fifth.length > 0) fifth[column] = byteAt(fifth, column) | ((level >> 4) << group);
  }
}

function quantize(x: Float32Array, out: Uint8Array, importance: Float32Array | undefined, plain: MinSearch): void {
  const { top } = plain;
  const candidates = importance === undefined ? plain : { top, first: -0.9, step: 0.05, steps: 36 };
  const { scales, mins, sums, levels } = search(x, importance, candidates);
  const [scaleLevels, minLevels] = [new Uint8Array(8), new Uint8Array(8)];
  const important = importance !== undefined;
  const d = important ? fitPositive(scales, sums, 63, scaleLevels) : plainLevels(scales, scaleLevels);
  const dmin = important ? fitPositive(mins, sums, 63, minLevels) : plainLevels(mins, minLevels);
  storeHalf(out, 0, toHalf(d));
  storeHalf(out, 2, toHalf(dmin));
  packScales(scaleLevels, minLevels, out.subarray(4));
  eachGroup(32, (group, start) => {
    const scale = f(loadHalf(out, 0) * byteAt(scaleLevels, group));
    const min = f(loadHalf(out, 2) * byteAt(minLevels, group));
    requantize(x.subarray(start, start + 32), levels.subarray(start, start + 32), { scale, min, low: 0, high: top });
  });
  packLevels(levels, out);
}

function dequantize(bytes: Uint8Array, out: Float32Array): void {
  const nibbles = bytes.subarray(bytes.length - 128);
  const fifth = bytes.subarray(16, bytes.length - 128);
  for (let i = 0; i < SUPER_BLOCK; i++) {
    const [group, column] = [i >> 5, i & 31];
    const { scale, min } = unpackScale(bytes.subarray(4), group);
    const low = (byteAt(nibbles, (group >> 1) * 32 + column) >> (4 * (group & 1))) & 15;
    const level = low | (((byteAt(fifth, column) >> group) & 1) << 4);
    out[i] = f(f(f(loadHalf(bytes, 0) * scale) * level) - f(loadHalf(bytes, 2) * min));
  }
}

function twinOf(blockSize: number, plain: MinSearch): Twin {
  return superBlockTwin(blockSize, (x, out, importance) => quantize(x, out, importance, plain), dequantize);
}

export const q4_k: Twin = twinOf(144, { top: 15, first: -1, step: 0.1, steps: 20 });
export const q5_k: Twin = twinOf(176, { top: 31, first: -0.5, step: 0.1, steps: 15 });
