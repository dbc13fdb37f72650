import { bitsOf, byteAt, fromBits, loadHalf, storeHalf, toHalf, weightAt } from './arithmetic.js';
import type { Twin } from './twin.js';

/** F32: weights as they are, little-endian. */
export const f32: Twin = {
  blockLength: 1,
  blockSize: 4,
  quantizeRow(x, out) {
    const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
    for (const [i, weight] of x.entries()) view.setUint32(4 * i, bitsOf(weight), true);
  },
  dequantizeRow(bytes, out) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let i = 0; i < out.length; i++) out[i] = view.getFloat32(4 * i, true);
  },
};

/** F16: IEEE half precision (`ggml_fp32_to_fp16_row`). */
export const f16: Twin = {
  blockLength: 1,
  blockSize: 2,
  quantizeRow(x, out) {
    for (let i = 0; i < x.length; i++) storeHalf(out, 2 * i, toHalf(weightAt(x, i)));
  },
  dequantizeRow(bytes, out) {
    for (let i = 0; i < out.length; i++) out[i] = loadHalf(bytes, 2 * i);
  },
};

/** BF16: the upper half of a single, rounded to nearest even; NaN is made quiet (`ggml_compute_fp32_to_bf16`). */
export const bf16: Twin = {
  blockLength: 1,
  blockSize: 2,
  quantizeRow(x, out) {
    for (let i = 0; i < x.length; i++) storeHalf(out, 2 * i, toBfloat(bitsOf(weightAt(x, i))));
  },
  dequantizeRow(bytes, out) {
    for (let i = 0; i < out.length; i++)
      out[i] = fromBits((byteAt(bytes, 2 * i) << 16) | (byteAt(bytes, 2 * i + 1) << 24));
  },
};

function toBfloat(bits: number): number {
  const upper = bits >>> 16;
  if ((bits & 0x7fffffff) > 0x7f800000) return upper | 64;
  // The sum may need 33 bits only for patterns that are NaN, which are gone by now.
  return ((bits + 0x7fff + (upper & 1)) >>> 16) & 0xffff;
}
