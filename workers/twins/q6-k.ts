import { byteAt, f, loadHalf, nearest, storeHalf, toHalf, weightAt } from './arithmetic.js';
import { largestOf, searchScale, TINY } from './scale-search.js';
import { eachGroup, packTwoBits, requantize, SUPER_BLOCK, superBlockTwin, twoBits } from './super-block.js';
import type { Twin } from './twin.js';

// Super-blocks of 16 groups of 16: 128 bytes of low nibbles, 64 of upper two bits, 16 signed 8-bit scales, f16 d
// (ggml-quants.c, `quantize_row_q6_K_ref`, `quantize_row_q6_K_impl`). Importance is used as it is.

function packNibbles(levels: Uint8Array, out: Uint8Array): void {
  for (let i = 0; i < 128; i++) {
    const start = (i >> 6) * 128 + (i & 63);
    out[i] = (byteAt(levels, start) & 15) | ((byteAt(levels, start + 64) & 15) << 4);
  }
}

function quantize(x: Float32Array, out: Uint8Array, importance: Float32Array | undefined): void {
  const scales = new Float32Array(16);
  const levels = new Uint8Array(SUPER_BLOCK);
  eachGroup(16, (group, start) => {
    const weights = x.subarray(start, start + 16);
    const w = importance?.subarray(start, start + 16) ?? weights.map((weight) => f(weight * weight));
    scales[group] = searchScale(weights, w, 32, levels.subarray(start, start + 16));
  });
  const largest = largestOf(scales);
  out.fill(0);
  if (Math.abs(largest) < TINY) return;
  const inverse = f(-128 / largest);
  storeHalf(out, 208, toHalf(f(1 / inverse)));
  eachGroup(16, (group, start) => {
    const level = (Math.min(127, nearest(f(inverse * weightAt(scales, group)))) << 24) >> 24;
    out[192 + group] = level;
    const scale = f(loadHalf(out, 208) * level);
    const bounds = { scale, low: -32, high: 31, shift: 32 };
    requantize(x.subarray(start, start + 16), levels.subarray(start, start + 16), bounds);
  });
  packNibbles(levels, out);
  packTwoBits(levels, 4, out.subarray(128, 192));
}

function dequantize(bytes: Uint8Array, out: Float32Array): void {
  const d = loadHalf(bytes, 208);
  for (let i = 0; i < SUPER_BLOCK; i++) {
    const nibble = (byteAt(bytes, (i >> 7) * 64 + (i & 63)) >> ((i & 64) === 0 ? 0 : 4)) & 15;
    const level = (nibble | (twoBits(bytes.subarray(128, 192), i) << 4)) - 32;
    const scale = (byteAt(bytes, 192 + (i >> 4)) << 24) >> 24;
    out[i] = f(f(d * scale) * level);
  }
}

export const q6_k: Twin = superBlockTwin(210, quantize, dequantize);
