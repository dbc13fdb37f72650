import { byteAt, f, nearest, clamp, weightAt } from './arithmetic.js';
import type { Twin } from './twin.js';

/** Weights in a super-block of the K types. */
export const SUPER_BLOCK = 256;

/** Calls `visit` for each group of `length` weights of a super-block. */
export function eachGroup(length: number, visit: (group: number, start: number) => void): void {
  for (let group = 0; group * length < SUPER_BLOCK; group++) visit(group, group * length);
}

/**
 * Levels from the stored scales: `(x + min) / scale` to the nearest integer, limited, plus `shift`.
 * A scale of 0 leaves the levels of the search.
 */
export function requantize(
  x: Float32Array,
  levels: Uint8Array,
  { scale, min = 0, low, high, shift = 0 }: { scale: number; min?: number; low: number; high: number; shift?: number },
): void {
  if (scale === 0) return;
  for (let i = 0; i < x.length; i++) levels[i] = clamp(nearest(f(f(weightAt(x, i) + min) / scale)), low, high) + shift;
}

/** 64 bytes of two-bit fields: byte i of each half holds bits of levels i, i + 32, i + 64 and i + 96. */
export function packTwoBits(levels: Uint8Array, shift: number, out: Uint8Array): void {
  for (let i = 0; i < 64; i++) {
    const start = (i >> 5) * 128 + (i & 31);
    let byte = 0;
    for (let k = 0; k < 4; k++) byte |= ((byteAt(levels, start + 32 * k) >> shift) & 3) << (2 * k);
    out[i] = byte;
  }
}

/** The two-bit field of weight i that {@link packTwoBits} stored. */
export function twoBits(bytes: Uint8Array, i: number): number {
  return (byteAt(bytes, (i >> 7) * 32 + (i & 31)) >> (2 * ((i >> 5) & 3))) & 3;
}

/** A twin from what one super-block needs. */
export function superBlockTwin(
  blockSize: number,
  quantize: (x: Float32Array, out: Uint8Array, importance: Float32Array | undefined) => void,
  dequantize: (bytes: Uint8Array, out: Float32Array) => void,
): Twin {
  return {
    blockLength: SUPER_BLOCK,
    blockSize,
    quantizeRow(x, out, importance) {
      for (let b = 0; b * SUPER_BLOCK < x.length; b++) {
        const [start, end] = [b * SUPER_BLOCK, (b + 1) * SUPER_BLOCK];
        quantize(
          x.subarray(start, end),
          out.subarray(b * blockSize, (b + 1) * blockSize),
          importance?.subarray(start, end),
        );
      }
    },
    dequantizeRow(bytes, out) {
      for (let b = 0; b * SUPER_BLOCK < out.length; b++)
        dequantize(
          bytes.subarray(b * blockSize, (b + 1) * blockSize),
          out.subarray(b * SUPER_BLOCK, (b + 1) * SUPER_BLOCK),
        );
    },
  };
}
