// MXFP4 and NVFP4: the 4-bit floats 0, 0.5, 1, 1.5, 2, 3, 4, 6 and their negatives under a power-of-two or an 8-bit
// float scale (ggml-quants.c, quantize_row_mxfp4_ref and quantize_row_nvfp4_ref; OCP Microscaling Formats 1.0).
import { bitsOf, byteAt, f, fromBits, weightAt } from './arithmetic.js';
import { twinOfBlocks } from './blocks.js';
import type { Twin } from './twin.js';

/** Twice the magnitudes; scales below are halved to make up for it. */
const MAGNITUDES = Uint8Array.of(0, 1, 2, 3, 4, 6, 8, 12);

/** The first of the 16 codes with the smallest error. */
function nearestCode(x: number, scale: number): number {
  let [code, least] = [0, Math.abs(x)];
  for (let i = 1; i < 16; i++) {
    const error = Math.abs(f(f(codeValue(i) * scale) - x));
    if (error < least) [code, least] = [i, error];
  }
  return code;
}

function codeValue(code: number): number {
  const magnitude = MAGNITUDES[code & 7] ?? 0;
  return code < 8 ? magnitude : -magnitude;
}

/** Codes of the first half of the weights go into the low nibbles, of the second half into the high ones. */
function storeCodes(x: Float32Array, scale: number, out: Uint8Array): void {
  const half = x.length / 2;
  for (let i = 0; i < half; i++)
    out[i] = nearestCode(weightAt(x, i), scale) | (nearestCode(weightAt(x, half + i), scale) << 4);
}

function loadCodes(bytes: Uint8Array, scale: number, out: Float32Array): void {
  const half = out.length / 2;
  for (let i = 0; i < half; i++) {
    out[i] = signedZeroFree(codeValue(byteAt(bytes, i) & 15)) * scale;
    out[half + i] = signedZeroFree(codeValue(byteAt(bytes, i) >> 4)) * scale;
  }
}

/** The reference's values are integers: code 8 is 0, not -0. */
function signedZeroFree(value: number): number {
  return value + 0;
}

function largestMagnitude(x: Float32Array): number {
  return x.reduce((kept, weight) => (kept < Math.abs(weight) ? Math.abs(weight) : kept), 0);
}

/**
 * `floor(log2f(x))` for x > 0. The single-precision logarithm of the numbers just below a power of two rounds up to the
 * integer: 11/16 of the spacing of the result, counted in units of the last of 24 bits (glibc agrees at every exponent).
 */
export function floorLog2(x: number): number {
  let exponent = Math.floor(Math.log2(x));
  if (2 ** exponent > x) exponent--;
  if (2 ** (exponent + 1) <= x) exponent++;
  const gap = 2 ** 24 - x * 2 ** (23 - exponent);
  const distance = exponent < 0 ? -exponent - 1 : exponent;
  const spacing = distance === 0 ? 1 : 2 ** Math.floor(Math.log2(distance));
  return gap <= Math.floor((11 * spacing) / 16) ? exponent + 1 : exponent;
}

/** Half of 2^(exponent - 127). */
function halfPowerOfTwo(exponent: number): number {
  return exponent < 2 ? fromBits(0x00200000 << exponent) : fromBits((exponent - 1) * 2 ** 23);
}

/** MXFP4: 32 weights, an exponent byte and 16 bytes of codes. Below 2^-125 the exponent wraps around, as in ggml. */
export const mxfp4: Twin = twinOfBlocks({
  blockLength: 32,
  blockSize: 17,
  quantizeBlock(x, out) {
    const largest = largestMagnitude(x);
    const exponent = largest > 0 ? (floorLog2(largest) + 125) & 255 : 0;
    out[0] = exponent;
    storeCodes(x, halfPowerOfTwo(exponent), out.subarray(1));
  },
  dequantizeBlock(bytes, out) {
    loadCodes(bytes.subarray(1), halfPowerOfTwo(byteAt(bytes, 0)), out);
  },
});

/** An unsigned float of 4 exponent and 3 fraction bits (bias 7); halves round up, 448 and more become 0x7e. */
function toScaleByte(x: number): number {
  if (!(x > 0)) return 0;
  const bits = bitsOf(Math.min(x, 448));
  const exponent = (bits >>> 23) - 120;
  if (exponent <= 0) return Math.min(7, Math.trunc(f(f(x * 512) + 0.5)));
  if (exponent >= 15) return 0x7e;
  const rounded = ((bits >>> 20) & 7) + ((bits >>> 19) & 1) + exponent * 8;
  return rounded >= 15 * 8 ? 0x7e : rounded;
}

/** Half of the number that a scale byte stands for; 0x7f, NaN in the format, reads as 0. */
function halfScale(byte: number): number {
  if (byte === 0x7f) return 0;
  const [exponent, fraction] = [(byte >> 3) & 15, byte & 7];
  return exponent === 0 ? fraction * 2 ** -10 : (8 + fraction) * 2 ** (exponent - 11);
}

/** NVFP4: 64 weights in 4 sub-blocks; 4 scale bytes, then 32 bytes of codes. */
export const nvfp4: Twin = twinOfBlocks({
  blockLength: 64,
  blockSize: 36,
  quantizeBlock(x, out) {
    for (let s = 0; s < 4; s++) {
      const sub = x.subarray(16 * s, 16 * s + 16);
      const scale = toScaleByte(f(largestMagnitude(sub) / 6));
      out[s] = scale;
      storeCodes(sub, halfScale(scale), out.subarray(4 + 8 * s, 12 + 8 * s));
    }
  },
  dequantizeBlock(bytes, out) {
    for (let s = 0; s < 4; s++)
      loadCodes(bytes.subarray(4 + 8 * s), halfScale(byteAt(bytes, s)), out.subarray(16 * s, 16 * s + 16));
  },
});
