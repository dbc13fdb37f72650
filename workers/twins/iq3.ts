// IQ3_XXS and IQ3_S: a grid point for each four weights (ggml-quants.c, quantize_row_iq3_xxs_impl and quantize_row_iq3_s_impl).
import { byteAt, f, loadHalf, storeHalf, toHalf } from './arithmetic.js';
import { twinOfBlocks } from './blocks.js';
import { gridOf, type Grid } from './grid.js';
import * as search from './grid-search.js';
import { sumOfSquares, weigh } from './importance.js';
import type { Twin } from './twin.js';

const SUB_BLOCKS = [0, 1, 2, 3, 4, 5, 6, 7];

interface Variant {
  readonly evenSigns: boolean;
  /** Sub-blocks without a larger magnitude are stored as nothing. */
  readonly negligible: number;
  readonly reach: number;
  /** Whether the last pass places every group again, or only those that were off the grid. */
  readonly placeAllAgain: boolean;
}

interface Stored {
  readonly scale: number;
  readonly points: readonly number[];
  readonly signs: Uint8Array;
}

const NOTHING: Stored = { scale: 0, points: [0, 0, 0, 0, 0, 0, 0, 0], signs: new Uint8Array(4) };

function fitSubBlock(grid: Grid, sub: search.SubBlock, variant: Variant): Stored {
  const largest = search.maximum(sub.x);
  if (variant.negligible === 0 ? largest === 0 : largest < variant.negligible) return NOTHING;
  const roots = search.rootsOf(sub.w);
  const start = { scale: f(largest / 15), levels: new Uint8Array(32) };
  const tried = { reach: variant.reach, step: 0.2, top: 15 };
  const found = search.searchScales(grid, sub, roots, largest, tried, start);
  const improved = found.levels !== start.levels;
  const offGrid = (k: number): boolean => found.onGrid[k] !== true;
  const unsettled = found.onGrid.includes(false) || (variant.placeAllAgain && !improved);
  const again = variant.placeAllAgain ? (): boolean => true : offGrid;
  const refined = unsettled && found.scale > 0 ? search.refine(grid, sub, roots, found, again) : found;
  const fit = search.makePositive(refined, sub.signs, variant.evenSigns ? 127 : 255);
  const points = SUB_BLOCKS.map((k) => search.pointAt(grid, fit.levels, k));
  return { scale: fit.scale, points, signs: sub.signs };
}

function fitBlock(grid: Grid, x: Float32Array, variant: Variant, importance?: Float32Array): readonly Stored[] {
  const variance = f(f(2 * sumOfSquares(x)) / 256);
  return SUB_BLOCKS.map((ib) => {
    const weights = x.subarray(32 * ib, 32 * ib + 32);
    const w =
      importance === undefined
        ? weights.map((weight) => weight * weight)
        : weigh(weights, importance.subarray(32 * ib, 32 * ib + 32), variance);
    return fitSubBlock(grid, search.splitSigns(weights, w, variant.evenSigns), variant);
  });
}

function largestScale(stored: readonly Stored[]): number {
  return stored.reduce((kept, { scale }) => (kept > scale ? kept : scale), 0);
}

/** Writes eight weights: the two grid points' numbers times the scale, with signs. */
function loadEight(
  grid: Grid,
  pair: readonly [number, number],
  signs: number,
  scale: (level: number) => number,
  out: Float32Array,
): void {
  for (let i = 0; i < 8; i++) {
    const value = scale(byteAt(grid.points, (i < 4 ? pair[0] : pair[1]) * 4 + (i & 3)));
    out[i] = (signs >> i) & 1 ? -value : value;
  }
}

/** Seven stored sign bits; the eighth makes the number of minus signs even. */
export function completeSigns(seven: number): number {
  let parity = 0;
  for (let bits = seven; bits !== 0; bits >>= 1) parity ^= bits & 1;
  return seven | (parity << 7);
}

const XXS: Variant = { evenSigns: true, negligible: f(1e-8), reach: 15, placeAllAgain: false };
/** The numbers that an IQ3_XXS level stands for, once its scale has been halved: 4, 12, 20, 28, 36, 44, 52, 62. */
const xxsNumber = (level: number): number => (level === 7 ? 62 : 8 * level + 4);

/** IQ3_XXS: an f16 scale, 64 bytes of points, 8 words of 4 x 7 signs and a 4-bit scale. */
export const iq3Xxs: Twin = twinOfBlocks({
  blockLength: 256,
  blockSize: 98,
  quantizeBlock(x, out, importance) {
    const stored = fitBlock(gridOf('iq3_xxs'), x, XXS, importance);
    const largest = largestScale(stored);
    out.fill(0);
    if (largest === 0) return;
    const d = f(largest / 31);
    storeHalf(out, 0, toHalf(f(d * f(1.0125))));
    const view = new DataView(out.buffer, out.byteOffset, out.length);
    for (const [ib, { scale, points, signs }] of stored.entries()) {
      out.set(points, 2 + 8 * ib);
      const word = signs.reduce((word, byte, k) => word | (byte << (7 * k)), 0);
      view.setUint32(66 + 4 * ib, (word | (search.scaleLevel(f(1 / d), scale, 15) << 28)) >>> 0, true);
    }
  },
  dequantizeBlock(bytes, out) {
    const grid = gridOf('iq3_xxs');
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const d = loadHalf(bytes, 0);
    for (const ib of SUB_BLOCKS) {
      const word = view.getUint32(66 + 4 * ib, true);
      const scale = f(f(d * (0.5 + (word >>> 28))) * 0.5);
      for (let l = 0; l < 4; l++) {
        const at = 2 + 8 * ib + 2 * l;
        const signs = completeSigns((word >>> (7 * l)) & 127);
        const number = (level: number): number => scale * xxsNumber(level);
        loadEight(grid, [byteAt(bytes, at), byteAt(bytes, at + 1)], signs, number, out.subarray(32 * ib + 8 * l));
      }
    }
  },
});

const S: Variant = { evenSigns: false, negligible: 0, reach: 9, placeAllAgain: true };

/** IQ3_S: an f16 scale, 64 bytes of points, 8 bytes of their ninth bits, 32 bytes of signs, 4 bytes of scales. */
export const iq3S: Twin = twinOfBlocks({
  blockLength: 256,
  blockSize: 110,
  quantizeBlock(x, out, importance) {
    const stored = fitBlock(gridOf('iq3_s'), x, S, importance);
    out.fill(0);
    // A sub-block of zeros leaves no gap: as in ggml, the points and signs of the next one move up into its place.
    let slot = 0;
    for (const [ib, sub] of stored.entries()) {
      if (sub === NOTHING) continue;
      for (const [k, point] of sub.points.entries()) {
        out[2 + 8 * slot + k] = point & 255;
        out[66 + ib] = byteAt(out, 66 + ib) | ((point >> 8) << k);
      }
      out.set(sub.signs, 74 + 4 * slot);
      slot++;
    }
    const largest = largestScale(stored);
    if (largest === 0) return;
    const d = f(largest / 31);
    storeHalf(out, 0, toHalf(f(d * f(1.033))));
    for (const [ib, { scale }] of stored.entries()) {
      const level = search.scaleLevel(f(1 / d), scale, 15);
      out[106 + (ib >> 1)] = byteAt(out, 106 + (ib >> 1)) | (level << (4 * (ib & 1)));
    }
  },
  dequantizeBlock(bytes, out) {
    const grid = gridOf('iq3_s');
    const d = loadHalf(bytes, 0);
    for (const ib of SUB_BLOCKS) {
      const level = (byteAt(bytes, 106 + (ib >> 1)) >> (4 * (ib & 1))) & 15;
      const scale = f(d * (1 + 2 * level));
      const point = (k: number): number => byteAt(bytes, 2 + 8 * ib + k) | (((byteAt(bytes, 66 + ib) >> k) & 1) << 8);
      for (let l = 0; l < 4; l++) {
        const number = (level: number): number => scale * (2 * level + 1);
        const signs = byteAt(bytes, 74 + 4 * ib + l);
        loadEight(grid, [point(2 * l), point(2 * l + 1)], signs, number, out.subarray(32 * ib + 8 * l));
      }
    }
  },
});
