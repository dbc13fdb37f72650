import { byteAt, f, loadHalf, storeHalf, toHalf, weightAt } from './arithmetic.js';
import { sumOfSquares, weigh } from './importance.js';
import { searchMin } from './min-search.js';
import { largestOf, searchScale } from './scale-search.js';
import type { Twin } from './twin.js';

// Blocks of 32: an f16 scale, an f16 minimum in the _1 types, 32 fifth bits in the Q5 types, then 16 bytes of which
// the i-th holds the low four bits of levels i and i + 16 (ggml-quants.c, `quantize_row_q4_0_ref` and its siblings).

interface Shape {
  /** Highest level: 15 or 31. */
  readonly top: number;
  readonly hasMin: boolean;
}

interface Block {
  readonly scale: number;
  readonly min: number;
  readonly levels: Uint8Array;
}

/** `(x - min) / scale + bias` truncated; the division is a product with the inverse. Out of range is 0, as on x86. */
function plainLevels(x: Float32Array, scale: number, min: number, bias: number, top: number): Uint8Array {
  const inverse = scale === 0 ? 0 : f(1 / scale);
  return Uint8Array.from(x, (weight) => {
    const level = f(f(f(weight - min) * inverse) + bias);
    return Number.isFinite(level) ? Math.min(top, Math.trunc(level)) : 0;
  });
}

function quantizePlain(x: Float32Array, { top, hasMin }: Shape): Block {
  if (!hasMin) {
    const half = (top + 1) / 2;
    const scale = f(largestOf(x) / -half);
    return { scale, min: 0, levels: plainLevels(x, scale, 0, half + 0.5, top) };
  }
  let [min, max] = [weightAt(x, 0), weightAt(x, 0)];
  for (const weight of x) {
    if (weight < min) min = weight;
    if (weight > max) max = weight;
  }
  const scale = f(f(max - min) / top);
  return { scale, min, levels: plainLevels(x, scale, min, 0.5, top) };
}

function quantizeImportant(x: Float32Array, w: Float32Array, { top, hasMin }: Shape): Block {
  const levels = new Uint8Array(32);
  if (!hasMin) return { scale: searchScale(x, w, (top + 1) / 2, levels), min: 0, levels };
  const { scale, min } = searchMin(x, w, levels, { top, first: -0.9, step: 0.05, steps: 36 });
  return { scale, min: -min, levels };
}

function storeBlock({ scale, min, levels }: Block, { top, hasMin }: Shape, out: Uint8Array): void {
  storeHalf(out, 0, toHalf(scale));
  if (hasMin) storeHalf(out, 2, toHalf(min));
  const nibbles = out.length - 16;
  out.fill(0, nibbles - (top === 31 ? 4 : 0), nibbles);
  for (let i = 0; i < 32; i++) {
    const level = byteAt(levels, i);
    if (top === 31) out[nibbles - 4 + (i >> 3)] = byteAt(out, nibbles - 4 + (i >> 3)) | ((level >> 4) << (i & 7));
    if (i < 16) out[nibbles + i] = level & 15;
    else out[nibbles + i - 16] = byteAt(out, nibbles + i - 16) | ((level & 15) << 4);
  }
}

function readBlock(bytes: Uint8Array, { top, hasMin }: Shape, out: Float32Array): void {
  const scale = loadHalf(bytes, 0);
  const nibbles = bytes.length - 16;
  for (let i = 0; i < 32; i++) {
    const low = (byteAt(bytes, nibbles + (i % 16)) >> (i < 16 ? 0 : 4)) & 15;
    const fifth = top === 31 ? ((byteAt(bytes, nibbles - 4 + (i >> 3)) >> (i & 7)) & 1) << 4 : 0;
    const level = low | fifth;
    out[i] = hasMin ? f(f(level * scale) + loadHalf(bytes, 2)) : f((level - (top + 1) / 2) * scale);
  }
}

function twinOf(shape: Shape): Twin {
  const blockSize = 18 + (shape.hasMin ? 2 : 0) + (shape.top === 31 ? 4 : 0);
  return {
    blockLength: 32,
    blockSize,
    quantizeRow(x, out, importance) {
      const sigma2 = importance === undefined ? 0 : f(sumOfSquares(x) / x.length);
      for (let b = 0; b * 32 < x.length; b++) {
        const weights = x.subarray(b * 32, b * 32 + 32);
        const columns = importance?.subarray(b * 32, b * 32 + 32);
        const block =
          columns === undefined
            ? quantizePlain(weights, shape)
            : quantizeImportant(weights, weigh(weights, columns, sigma2), shape);
        storeBlock(block, shape, out.subarray(b * blockSize, (b + 1) * blockSize));
      }
    },
    dequantizeRow(bytes, out) {
      for (let b = 0; b * 32 < out.length; b++)
        readBlock(bytes.subarray(b * blockSize, (b + 1) * blockSize), shape, out.subarray(b * 32, b * 32 + 32));
    },
  };
}

export const q4_0: Twin = twinOf({ top: 15, hasMin: false });
export const q4_1: Twin = twinOf({ top: 15, hasMin: true });
export const q5_0: Twin = twinOf({ top: 31, hasMin: false });
export const q5_1: Twin = twinOf({ top: 31, hasMin: true });
