// IQ1_S and IQ1_M: numbers -1, 0, 1 shifted by 1/8 up or down, eight weights a grid point (ggml-quants.c,
// quantize_row_iq1_s_impl and quantize_row_iq1_m_impl). The best way to cut a sub-block's sorted weights into three
// groups is searched exhaustively, then the groups of eight go to the grid.
import { byteAt, f, fromHalf, loadHalf, storeHalf, toHalf, weightAt } from './arithmetic.js';
import { OverflowingError, twinOfBlocks } from './blocks.js';
import { gridOf, type Grid } from './grid.js';
import { scaleLevel } from './grid-search.js';
import { sumOfSquares, weigh } from './importance.js';
import { type Cut, cutSixteen, cutThirtyTwo, DOWN, LARGEST_SINGLE, type Sorted, UP } from './iq1-cut.js';
import type { Twin } from './twin.js';

interface Stored {
  readonly scale: number;
  readonly points: readonly number[];
  readonly shift: number;
}

function sortWeights(x: Float32Array, w: Float32Array): Sorted {
  return { x, w, order: [...x.keys()].sort((a, b) => weightAt(x, a) - weightAt(x, b)) };
}

function largestMagnitude(x: Float32Array): number {
  return x.reduce((kept, weight) => (kept > Math.abs(weight) ? kept : Math.abs(weight)), 0);
}

/** Levels of the weights in their own order. A negative scale turns them around. */
function levelsOf(sorted: Sorted, cut: Cut): Uint8Array {
  const levels = new Uint8Array(sorted.order.length);
  for (const [j, i] of sorted.order.entries()) {
    const level = j < cut.low ? 0 : j < cut.high ? 1 : 2;
    levels[i] = cut.scale < 0 ? 2 - level : level;
  }
  return levels;
}

function numberAt(grid: Grid, point: number, i: number, numbers: Float32Array): number {
  return weightAt(numbers, byteAt(grid.points, point * 8 + i));
}

function bestNeighbour(
  grid: Grid,
  list: Uint16Array,
  sub: Sorted,
  k: number,
  scale: number,
  numbers: Float32Array,
): number {
  let [best, least] = [-1, LARGEST_SINGLE];
  for (const point of list) {
    let error = 0;
    for (let i = 0; i < 8; i++) {
      const difference = f(f(scale * numberAt(grid, point, i, numbers)) - weightAt(sub.x, 8 * k + i));
      error = f(error + f(f(weightAt(sub.w, 8 * k + i) * difference) * difference));
    }
    if (error < least) [best, least] = [point, error];
  }
  if (best < 0) throw new OverflowingError('an error exceeds single precision');
  return best;
}

/** Takes every group to the grid, then fits the scale again if any of them moved. `numbersOf` knows a group's shift. */
function placeLevels(
  grid: Grid,
  sub: Sorted,
  levels: Uint8Array,
  scale: number,
  numbersOf: (k: number) => Float32Array,
): { scale: number; points: readonly number[] } {
  let moved = false;
  const points = Array.from({ length: levels.length / 8 }, (_, k) => {
    const found = grid.lookUp(levels.subarray(8 * k, 8 * k + 8));
    if (typeof found === 'number') return found;
    moved = true;
    return bestNeighbour(grid, found, sub, k, scale, numbersOf(k));
  });
  if (!moved) return { scale, points };
  let [sumX, sum2] = [0, 0];
  for (const [i, weight] of sub.x.entries()) {
    const number = numberAt(grid, points[i >> 3] ?? 0, i & 7, numbersOf(i >> 3));
    const wn = f(weightAt(sub.w, i) * number);
    sumX = f(sumX + f(wn * weight));
    sum2 = f(sum2 + f(wn * number));
  }
  return { scale: sumX > 0 && sum2 > 0 ? f(sumX / sum2) : scale, points };
}

function eachSubBlock(x: Float32Array, size: number, importance: Float32Array | undefined): readonly Sorted[] {
  const variance = f(f(2 * sumOfSquares(x)) / 256);
  return Array.from({ length: 256 / size }, (_, ib) => {
    const weights = x.subarray(size * ib, size * ib + size);
    const w =
      importance === undefined
        ? weights.map((weight) => weight * weight)
        : weigh(weights, importance.subarray(size * ib, size * ib + size), variance);
    return sortWeights(weights, w);
  });
}

function largestScale(stored: readonly Stored[]): number {
  return stored.reduce((kept, { scale }) => (kept > scale ? kept : scale), 0);
}

const NOTHING_S: Stored = { scale: 0, points: [0, 0, 0, 0], shift: 0 };

function fitS(grid: Grid, sub: Sorted): Stored {
  if (largestMagnitude(sub.x) < f(1e-12)) return NOTHING_S;
  const cut = cutThirtyTwo(sub);
  if (cut === undefined) return NOTHING_S;
  const shift = cut.scale < 0 ? 1 - cut.shift : cut.shift;
  const levels = levelsOf(sub, cut);
  const placed = placeLevels(grid, sub, levels, Math.abs(cut.scale), () => (shift === 0 ? UP : DOWN));
  return { ...placed, shift };
}

/** IQ1_S: an f16 scale, 32 bytes of points, 8 words of the points' upper three bits, a 3-bit scale and the shift. */
export const iq1S: Twin = twinOfBlocks({
  blockLength: 256,
  blockSize: 50,
  quantizeBlock(x, out, importance) {
    const grid = gridOf('iq1');
    // ggml refuses to go without importance; then every weight counts alike.
    const stored = eachSubBlock(x, 32, importance ?? new Float32Array(256).fill(1)).map((sub) => fitS(grid, sub));
    const largest = largestScale(stored);
    const d = f(largest / 15);
    out.fill(0);
    if (largest !== 0) storeHalf(out, 0, toHalf(f(d * 1.125)));
    for (const [ib, { scale, points, shift }] of stored.entries()) {
      let word = points.reduce((word, point, k) => word | ((point >> 8) << (3 * k)), 0);
      if (largest !== 0) word |= (scaleLevel(f(1 / d), scale, 7) | (8 * shift)) << 12;
      for (const [k, point] of points.entries()) out[2 + 4 * ib + k] = point & 255;
      storeHalf(out, 34 + 2 * ib, word);
    }
  },
  dequantizeBlock(bytes, out) {
    const grid = gridOf('iq1');
    const d = loadHalf(bytes, 0);
    for (let k = 0; k < 32; k++) {
      const word = byteAt(bytes, 34 + 2 * (k >> 2)) | (byteAt(bytes, 35 + 2 * (k >> 2)) << 8);
      const point = byteAt(bytes, 2 + k) | (((word >> (3 * (k & 3))) & 7) << 8);
      const scale = f(d * (2 * ((word >> 12) & 7) + 1));
      loadEight(grid, point, scale, word & 0x8000 ? DOWN : UP, out.subarray(8 * k));
    }
  },
});

function loadEight(grid: Grid, point: number, scale: number, numbers: Float32Array, out: Float32Array): void {
  for (let i = 0; i < 8; i++) out[i] = scale * numberAt(grid, point, i, numbers);
}

/** IQ1_M shifts each half of a sub-block by itself; these are the halves' numbers for shifts 0 to 3. */
function numbersM(shift: number, half: number): Float32Array {
  return (half === 0 ? shift >> 1 : shift & 1) === 0 ? UP : DOWN;
}

const NOTHING_M: Stored = { scale: 0, points: [0, 0], shift: 0 };

function fitM(grid: Grid, sub: Sorted): Stored {
  if (largestMagnitude(sub.x) < f(1e-7)) return NOTHING_M;
  const cut = cutSixteen(sub);
  if (cut === undefined) return NOTHING_M;
  const shift = cut.scale < 0 ? 3 - cut.shift : cut.shift;
  const placed = placeLevels(grid, sub, levelsOf(sub, cut), Math.abs(cut.scale), (k) => numbersM(shift, k));
  return { ...placed, shift };
}

/** The least-squares scale of a whole IQ1_M block, given its points, shifts and 3-bit scales. */
function fitBlockScale(
  grid: Grid,
  subs: readonly Sorted[],
  stored: readonly Stored[],
  scales: readonly number[],
  d: number,
): number {
  let [sumX, sum2] = [0, 0];
  for (const [ib, sub] of subs.entries())
    for (const [i, weight] of sub.x.entries()) {
      const { points, shift } = stored[ib] ?? NOTHING_M;
      const number = f(
        numberAt(grid, points[i >> 3] ?? 0, i & 7, numbersM(shift, i >> 3)) * (2 * (scales[ib] ?? 0) + 1),
      );
      const wn = f(weightAt(sub.w, i) * number);
      sumX = f(sumX + f(wn * weight));
      sum2 = f(sum2 + f(wn * number));
    }
  return sum2 > 0 ? f(sumX / sum2) : d;
}

/**
 * IQ1_M: 32 bytes of points, 16 bytes of their upper bits and shifts, four words of four 3-bit scales; the f16 scale is
 * spread over the upper four bits of these words.
 */
export const iq1M: Twin = twinOfBlocks({
  blockLength: 256,
  blockSize: 56,
  quantizeBlock(x, out, importance) {
    const grid = gridOf('iq1');
    const subs = eachSubBlock(x, 16, importance);
    const stored = subs.map((sub) => fitM(grid, sub));
    const largest = largestScale(stored);
    out.fill(0);
    for (const [ib, { points }] of stored.entries()) {
      const [low, high] = [points[0] ?? 0, points[1] ?? 0];
      out[2 * ib] = low & 255;
      out[2 * ib + 1] = high & 255;
      out[32 + ib] = (low >> 8) | ((high >> 8) << 4);
    }
    if (largest === 0) return;
    const unit = f(largest / 15);
    const scales = stored.map(({ scale }) => scaleLevel(f(1 / unit), scale, 7));
    for (const [ib, { shift }] of stored.entries())
      out[32 + ib] = byteAt(out, 32 + ib) | (shift & 1 ? 0x80 : 0) | (shift & 2 ? 0x08 : 0);
    const half = toHalf(f(fitBlockScale(grid, subs, stored, scales, unit) * f(1.1125)));
    for (let q = 0; q < 4; q++) {
      const word = [0, 1, 2, 3].reduce((word, i) => word | ((scales[4 * q + i] ?? 0) << (3 * i)), 0);
      storeHalf(out, 48 + 2 * q, word | (((half >> (4 * q)) & 15) << 12));
    }
  },
  dequantizeBlock(bytes, out) {
    const grid = gridOf('iq1');
    const words = [0, 1, 2, 3].map((q) => byteAt(bytes, 48 + 2 * q) | (byteAt(bytes, 49 + 2 * q) << 8));
    const d = fromHalf(words.reduce((half, word, q) => half | ((word >> 12) << (4 * q)), 0));
    for (let k = 0; k < 32; k++) {
      const high = byteAt(bytes, 32 + (k >> 1)) >> (4 * (k & 1));
      const level = ((words[k >> 3] ?? 0) >> (3 * ((k >> 1) & 3))) & 7;
      const point = byteAt(bytes, k) | ((high & 7) << 8);
      loadEight(grid, point, f(d * (2 * level + 1)), high & 8 ? DOWN : UP, out.subarray(8 * k));
    }
  },
});
