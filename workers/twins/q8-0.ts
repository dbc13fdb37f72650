import { f, loadHalf, roundAway, storeHalf, toHalf, weightAt } from './arithmetic.js';
import type { Twin } from './twin.js';

/**
 * Q8_0: 32 weights as an f16 scale and 32 signed bytes (`quantize_row_q8_0_ref`). Ignores importance.
 * A denormal scale has an infinite inverse: the bytes are then 0, as x86's out-of-range conversion leaves them.
 */
export const q8_0: Twin = {
  blockLength: 32,
  blockSize: 34,
  quantizeRow(x, out) {
    for (let block = 0; block * 32 < x.length; block++) quantizeBlock(x, block * 32, out, block * 34);
  },
  dequantizeRow(bytes, out) {
    const signed = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let i = 0; i < out.length; i++) {
      const at = Math.floor(i / 32) * 34;
      out[i] = f((signed[at + 2 + (i % 32)] ?? 0) * loadHalf(bytes, at));
    }
  },
};

function quantizeBlock(x: Float32Array, start: number, out: Uint8Array, at: number): void {
  let largest = 0;
  for (let i = 0; i < 32; i++) {
    const magnitude = Math.abs(weightAt(x, start + i));
    largest = largest > magnitude ? largest : magnitude;
  }
  const d = f(largest / 127);
  const inverse = d === 0 ? 0 : f(1 / d);
  storeHalf(out, at, toHalf(d));
  for (let i = 0; i < 32; i++)
    out[at + 2 + i] = Number.isFinite(inverse) ? roundAway(f(weightAt(x, start + i) * inverse)) : 0;
}
