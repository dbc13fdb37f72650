// Single-precision arithmetic of the reference (ggml-quants.c, ggml-impl.h), operation by operation.
// `f` rounds a double result to single precision. A sum, product, quotient or square root of two singles computed in
// double precision and rounded once is exactly what single-precision hardware gives.

export const f: (value: number) => number = Math.fround;

const word = new DataView(new ArrayBuffer(4));

/** The 32 bits of a single. */
export function bitsOf(value: number): number {
  word.setFloat32(0, value);
  return word.getUint32(0);
}

/** The single with these 32 bits. */
export function fromBits(bits: number): number {
  word.setUint32(0, bits);
  return word.getFloat32(0);
}

/** Nearest integer, ties to even, by adding 1.5 * 2^23; wraps around outside +-2^22 as `nearest_int` does. */
export function nearest(value: number): number {
  return (bitsOf(value + 12_582_912) & 0x7fffff) - 0x400000;
}

export function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}

/** `roundf`: half away from zero. */
export function roundAway(value: number): number {
  return Math.trunc(value) + Math.trunc(2 * (value - Math.trunc(value)));
}

/** A single as half precision: ties to even, subnormals kept, NaN 0x7e00, infinity from 65520 on. */
export function toHalf(value: number): number {
  const bits = bitsOf(value);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  // Below the smallest normal half: adding 0.5 leaves the rounded subnormal in the low bits.
  if (magnitude < 0x38800000) return sign | (bitsOf(fromBits(magnitude) + 0.5) - 0x3f000000);
  return sign | ((magnitude + 0xfff + ((magnitude >>> 13) & 1) - 0x38000000) >>> 13);
}

/** Half precision as a single, exactly. */
export function fromHalf(half: number): number {
  const sign = (half & 0x8000) === 0 ? 1 : -1;
  const exponent = (half >>> 10) & 31;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent < 31) return sign * (1024 + fraction) * 2 ** (exponent - 25);
  return fromBits(((half & 0x8000) << 16) | 0x7f800000 | (fraction << 13));
}

/** Stores a half, low byte first. */
export function storeHalf(out: Uint8Array, at: number, half: number): void {
  out[at] = half & 0xff;
  out[at + 1] = half >>> 8;
}

/** Reads a half as a single. */
export function loadHalf(bytes: Uint8Array, at: number): number {
  return fromHalf(byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8));
}

/** The byte at a position that is known to be there. */
export function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

/** The weight at a position that is known to be there. */
export function weightAt(weights: Float32Array, at: number): number {
  return weights[at] ?? 0;
}
