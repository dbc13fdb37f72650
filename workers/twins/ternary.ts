// TQ1_0 and TQ2_0: weights -1, 0, 1 times one scale (ggml-quants.c, quantize_row_tq1_0_ref and quantize_row_tq2_0_ref).
import { byteAt, f, loadHalf, roundAway, storeHalf, toHalf } from './arithmetic.js';
import { twinOfBlocks } from './blocks.js';
import type { Twin } from './twin.js';

/** The largest magnitude and the trits, 0 to 2. A denormal maximum has an infinite inverse: all its trits are 1. */
function toTrits(x: Float32Array): { d: number; trits: Uint8Array } {
  const d = x.reduce((kept, weight) => (kept > Math.abs(weight) ? kept : Math.abs(weight)), 0);
  const inverse = d === 0 ? 0 : f(1 / d);
  const trits = Uint8Array.from(x, (weight) => (Number.isFinite(inverse) ? roundAway(f(weight * inverse)) + 1 : 1));
  return { d, trits };
}

/** TQ1_0 packs five trits a byte in three runs: where each starts, its bytes, and the trits of a byte. */
const RUNS = [
  { weights: 0, bytes: 0, count: 32, trits: 5 },
  { weights: 160, bytes: 32, count: 16, trits: 5 },
  { weights: 240, bytes: 48, count: 4, trits: 4 },
];

/** TQ1_0: 256 weights, 52 bytes of base-3 fractions scaled to 256, an f16 scale. */
export const tq1_0: Twin = twinOfBlocks({
  blockLength: 256,
  blockSize: 54,
  quantizeBlock(x, out) {
    const { d, trits } = toTrits(x);
    for (const run of RUNS)
      for (let m = 0; m < run.count; m++) {
        let number = 0;
        for (let n = 0; n < 5; n++) {
          const trit = n < run.trits ? byteAt(trits, run.weights + m + n * run.count) : 0;
          number = number * 3 + trit;
        }
        out[run.bytes + m] = Math.floor((number * 256 + 242) / 243);
      }
    storeHalf(out, 52, toHalf(d));
  },
  dequantizeBlock(bytes, out) {
    const d = loadHalf(bytes, 52);
    for (const run of RUNS)
      for (let n = 0; n < run.trits; n++)
        for (let m = 0; m < run.count; m++) {
          const fraction = (byteAt(bytes, run.bytes + m) * 3 ** n) & 255;
          out[run.weights + n * run.count + m] = (((fraction * 3) >> 8) - 1) * d;
        }
  },
});

/** TQ2_0: 256 weights, 64 bytes of four trits (32 weights apart), an f16 scale. */
export const tq2_0: Twin = twinOfBlocks({
  blockLength: 256,
  blockSize: 66,
  quantizeBlock(x, out) {
    const { d, trits } = toTrits(x);
    for (let i = 0; i < 64; i++) {
      const start = (i >> 5) * 128 + (i & 31);
      out[i] = [0, 1, 2, 3].reduce((byte, n) => byte | (byteAt(trits, start + 32 * n) << (2 * n)), 0);
    }
    storeHalf(out, 64, toHalf(d));
  },
  dequantizeBlock(bytes, out) {
    const d = loadHalf(bytes, 64);
    for (let i = 0; i < 256; i++) {
      const byte = byteAt(bytes, (i >> 7) * 32 + (i & 31));
      out[i] = (((byte >> (2 * ((i >> 5) & 3))) & 3) - 1) * d;
    }
  },
});
