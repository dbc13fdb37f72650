// IQ2_XXS, IQ2_XS and IQ2_S: a grid point for each eight weights (ggml-quants.c, quantize_row_iq2_*_impl).
import { byteAt, f, loadHalf, storeHalf, toHalf } from './arithmetic.js';
import { twinOfBlocks } from './blocks.js';
import { fitPositive } from './fit-positive.js';
import { gridOf, type Grid } from './grid.js';
import * as search from './grid-search.js';
import { sumOfSquares, weigh } from './importance.js';
import { completeSigns } from './iq3.js';
import type { Twin } from './twin.js';

interface Stored {
  readonly scale: number;
  readonly points: readonly number[];
  readonly signs: Uint8Array;
}

const NEGLIGIBLE = f(1e-15);

function nothing(groups: number): Stored {
  return { scale: 0, points: Array.from({ length: groups }, () => 0), signs: new Uint8Array(groups) };
}

function toStored(grid: Grid, fit: search.Fit, signs: Uint8Array): Stored {
  return { scale: fit.scale, points: [...signs.keys()].map((k) => search.pointAt(grid, fit.levels, k)), signs };
}

/** IQ2_XS and IQ2_S: 16 weights, candidates around the largest magnitude. */
function fitSixteen(grid: Grid, sub: search.SubBlock, negligible: number, signMask: number): Stored {
  const largest = search.maximum(sub.x);
  if (largest < negligible) return nothing(2);
  const roots = search.rootsOf(sub.w);
  const start = { scale: f(largest / 5), levels: new Uint8Array(16) };
  const found = search.searchScales(grid, sub, roots, largest, { reach: 9, step: 0.1, top: 5 }, start);
  const unsettled = found.onGrid.includes(false) && found.scale > 0;
  const refined = unsettled ? search.refine(grid, sub, roots, found, (k) => found.onGrid[k] !== true) : found;
  return toStored(grid, search.makePositive(refined, sub.signs, signMask), sub.signs);
}

/** IQ2_XXS: 32 weights, candidates around a least-squares fit; every group is placed again at the end. */
function fitThirtyTwo(grid: Grid, sub: search.SubBlock): Stored {
  if (search.maximum(sub.x) < NEGLIGIBLE) return nothing(4);
  const levels = new Uint8Array(32);
  const start = { scale: fitPositive(sub.x, sub.w, 4, levels), levels };
  const reachable = f(start.scale * 3);
  if (reachable <= 0) return nothing(4);
  const roots = search.rootsOf(sub.w);
  const found = search.searchScales(grid, sub, roots, reachable, { reach: 6, step: 0.1, top: 5 }, start);
  const refined = found.scale > 0 ? search.refine(grid, sub, roots, found, () => true) : found;
  return toStored(grid, search.makePositive(refined, sub.signs, 127), sub.signs);
}

/** Cuts a block into sub-blocks of `size` weights, with their importance. */
function fitBlock(
  x: Float32Array,
  importance: Float32Array | undefined,
  size: number,
  fit: (weights: Float32Array, importance?: Float32Array) => Stored,
): readonly Stored[] {
  return Array.from({ length: 256 / size }, (_, ib) =>
    fit(x.subarray(size * ib, size * ib + size), importance?.subarray(size * ib, size * ib + size)),
  );
}

function largestScale(stored: readonly Stored[]): number {
  return stored.reduce((kept, { scale }) => (kept > scale ? kept : scale), 0);
}

/** Importance is not optional for IQ2_XXS and IQ2_XS; without it every weight counts alike. */
function orUniform(importance: Float32Array | undefined): Float32Array {
  return importance ?? new Float32Array(256).fill(1);
}

/** The numbers of levels 0, 1, 2, once the scale has been quartered. */
const NUMBERS = Uint8Array.of(8, 25, 43);

function loadEight(grid: Grid, point: number, signs: number, scale: number, out: Float32Array): void {
  for (let i = 0; i < 8; i++) {
    const value = f(scale * byteAt(NUMBERS, byteAt(grid.points, point * 8 + i)));
    out[i] = (signs >> i) & 1 ? -value : value;
  }
}

function quarterScale(d: number, level: number): number {
  return f(f(d * (0.5 + level)) * 0.25);
}

/** IQ2_XXS: an f16 scale; per 32 weights four bytes of points and a word of 4 x 7 signs and a 4-bit scale. */
export const iq2Xxs: Twin = twinOfBlocks({
  blockLength: 256,
  blockSize: 66,
  quantizeBlock(x, out, importance) {
    const grid = gridOf('iq2_xxs');
    const variance = f(sumOfSquares(x) / 256);
    const stored = fitBlock(x, orUniform(importance), 32, (weights, own) => {
      const w = weigh(weights, orUniform(own), variance);
      return fitThirtyTwo(grid, search.splitSigns(weights, w, true));
    });
    const largest = largestScale(stored);
    out.fill(0);
    if (largest === 0) return;
    const d = f(largest / 31);
    storeHalf(out, 0, toHalf(d));
    const view = new DataView(out.buffer, out.byteOffset, out.length);
    for (const [ib, { scale, points, signs }] of stored.entries()) {
      out.set(points, 2 + 8 * ib);
      const word = signs.reduce((word, byte, k) => word | (byte << (7 * k)), 0);
      view.setUint32(6 + 8 * ib, (word | (search.scaleLevel(f(1 / d), scale, 15) << 28)) >>> 0, true);
    }
  },
  dequantizeBlock(bytes, out) {
    const grid = gridOf('iq2_xxs');
    const d = loadHalf(bytes, 0);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let k = 0; k < 32; k++) {
      const at = 2 + 8 * (k >> 2);
      const word = view.getUint32(at + 4, true);
      const signs = completeSigns((word >>> (7 * (k & 3))) & 127);
      loadEight(grid, byteAt(bytes, at + (k & 3)), signs, quarterScale(d, word >>> 28), out.subarray(8 * k));
    }
  },
});

function storeScales(stored: readonly Stored[], d: number, out: Uint8Array): void {
  for (const [ib, { scale }] of stored.entries()) {
    const level = search.scaleLevel(f(1 / d), scale, 15);
    out[ib >> 1] = byteAt(out, ib >> 1) | (level << (4 * (ib & 1)));
  }
}

/** IQ2_XS: an f16 scale, 32 words of a 9-bit point and 7 signs, 8 bytes of 4-bit scales of 16 weights. */
export const iq2Xs: Twin = twinOfBlocks({
  blockLength: 256,
  blockSize: 74,
  quantizeBlock(x, out, importance) {
    const grid = gridOf('iq2_xs');
    const variance = f(sumOfSquares(x) / 256);
    const stored = fitBlock(x, orUniform(importance), 16, (weights, own) => {
      const w = weigh(weights, orUniform(own), variance);
      return fitSixteen(grid, search.splitSigns(weights, w, true), NEGLIGIBLE, 127);
    });
    const largest = largestScale(stored);
    out.fill(0);
    if (largest === 0) return;
    const d = f(largest / 31);
    storeHalf(out, 0, toHalf(d));
    for (const [ib, { points, signs }] of stored.entries())
      for (const [k, point] of points.entries()) storeHalf(out, 2 + 4 * ib + 2 * k, point | (byteAt(signs, k) << 9));
    storeScales(stored, d, out.subarray(66));
  },
  dequantizeBlock(bytes, out) {
    const grid = gridOf('iq2_xs');
    const d = loadHalf(bytes, 0);
    for (let k = 0; k < 32; k++) {
      const word = byteAt(bytes, 2 + 2 * k) | (byteAt(bytes, 3 + 2 * k) << 8);
      const level = (byteAt(bytes, 66 + (k >> 2)) >> (4 * ((k >> 1) & 1))) & 15;
      loadEight(grid, word & 511, completeSigns(word >> 9), quarterScale(d, level), out.subarray(8 * k));
    }
  },
});

/** IQ2_S: an f16 scale, 32 bytes of points, 32 of signs, 8 of the points' upper two bits, 8 of 4-bit scales. */
export const iq2S: Twin = twinOfBlocks({
  blockLength: 256,
  blockSize: 82,
  quantizeBlock(x, out, importance) {
    const grid = gridOf('iq2_s');
    const variance = f(f(2 * sumOfSquares(x)) / 256);
    const stored = fitBlock(x, importance, 16, (weights, own) => {
      const w =
        own === undefined
          ? weights.map((weight) => f(0.25 * variance) + f(weight * weight))
          : weigh(weights, own, variance);
      return fitSixteen(grid, search.splitSigns(weights, w, false), f(1e-8), 255);
    });
    out.fill(0);
    for (const [ib, { points, signs }] of stored.entries())
      for (const [k, point] of points.entries()) {
        const at = 2 * ib + k;
        out[2 + at] = point & 255;
        out[66 + (at >> 2)] = byteAt(out, 66 + (at >> 2)) | ((point >> 8) << (2 * (at & 3)));
        out[34 + at] = byteAt(signs, k);
      }
    const largest = largestScale(stored);
    if (largest === 0) return;
    const d = f(largest / 31);
    storeHalf(out, 0, toHalf(f(d * f(0.9875))));
    storeScales(stored, d, out.subarray(74));
  },
  dequantizeBlock(bytes, out) {
    const grid = gridOf('iq2_s');
    const d = loadHalf(bytes, 0);
    for (let k = 0; k < 32; k++) {
      const upper = (byteAt(bytes, 66 + (k >> 2)) >> (2 * (k & 3))) & 3;
      const level = (byteAt(bytes, 74 + (k >> 2)) >> (4 * ((k >> 1) & 1))) & 15;
      const point = byteAt(bytes, 2 + k) | (upper << 8);
      loadEight(grid, point, byteAt(bytes, 34 + k), quarterScale(d, level), out.subarray(8 * k));
    }
  },
});
