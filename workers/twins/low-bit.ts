// Q1_0 and Q2_0: one or two bits a weight and one f16 scale (ggml-quants.c, quantize_row_q1_0_ref and quantize_row_q2_0_ref).
import { byteAt, clamp, f, loadHalf, roundAway, storeHalf, toHalf, weightAt } from './arithmetic.js';
import { twinOfBlocks } from './blocks.js';
import type { Twin } from './twin.js';

/** Q1_0: 128 weights; the scale is the mean magnitude, a bit is 1 for weights that are not negative (-0 included). */
export const q1_0: Twin = twinOfBlocks({
  blockLength: 128,
  blockSize: 18,
  quantizeBlock(x, out) {
    const sum = x.reduce((sum, weight) => f(sum + Math.abs(weight)), 0);
    storeHalf(out, 0, toHalf(f(sum / 128)));
    for (let byte = 0; byte < 16; byte++) {
      let bits = 0;
      for (let i = 0; i < 8; i++) if (weightAt(x, 8 * byte + i) >= 0) bits |= 1 << i;
      out[2 + byte] = bits;
    }
  },
  dequantizeBlock(bytes, out) {
    const d = loadHalf(bytes, 0);
    for (let i = 0; i < 128; i++) out[i] = (byteAt(bytes, 2 + (i >> 3)) >> (i & 7)) & 1 ? d : -d;
  },
});

/** Q2_0: 64 weights; the scale is the largest magnitude, levels -1 to 1 are stored as 0 to 2 (a reader knows 3 as 2 too). */
export const q2_0: Twin = twinOfBlocks({
  blockLength: 64,
  blockSize: 18,
  quantizeBlock(x, out) {
    const d = x.reduce((kept, weight) => Math.max(kept, Math.abs(weight)), 0);
    const inverse = d > 0 ? f(1 / d) : 0;
    storeHalf(out, 0, toHalf(d));
    for (let byte = 0; byte < 16; byte++) {
      let bits = 0;
      for (let i = 0; i < 4; i++) bits |= twoBitLevel(f(weightAt(x, 4 * byte + i) * inverse)) << (2 * i);
      out[2 + byte] = bits;
    }
  },
  dequantizeBlock(bytes, out) {
    const d = loadHalf(bytes, 0);
    for (let i = 0; i < 64; i++) out[i] = (((byteAt(bytes, 2 + (i >> 2)) >> (2 * (i & 3))) & 3) - 1) * d;
  },
});

/** A denormal scale has an infinite inverse; x86 makes the smallest integer of infinity and NaN, which is clamped to 0. */
function twoBitLevel(product: number): number {
  return Number.isFinite(product) ? clamp(roundAway(product) + 1, 0, 3) : 0;
}
