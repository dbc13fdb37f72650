import { SlipwayError } from '../core/index.js';
import type { GgufTensor, TensorType } from '../gguf/index.js';

/** The bits of a number's exponent: all of them set means infinite or not a number. */
const EXPONENTS: Readonly<Partial<Record<TensorType, { readonly width: 2 | 4; readonly mask: number }>>> = {
  F32: { width: 4, mask: 0x7f80_0000 },
  F16: { width: 2, mask: 0x7c00 },
  BF16: { width: 2, mask: 0x7f80 },
};

/**
 * The tensor, checked as it is read: llama-quantize refuses tensors that it copies when they hold infinite values or
 * none at all. Types in blocks pass unchecked. Reading throws `NON_FINITE`.
 */
export function finite(tensor: GgufTensor): GgufTensor {
  const exponent = EXPONENTS[tensor.type];
  if (exponent === undefined) return tensor;
  return {
    ...tensor,
    async *read(range, signal, hints) {
      let at = range?.start ?? 0;
      // Bytes of a number that a chunk's end cuts in two.
      let rest = new Uint8Array(0);
      for await (const chunk of tensor.read(range, signal, hints)) {
        const skipped = rest.byteLength === 0 ? (exponent.width - (at % exponent.width)) % exponent.width : 0;
        const joined = rest.byteLength === 0 ? chunk.subarray(skipped) : joinBytes(rest, chunk);
        const start = at + skipped - rest.byteLength;
        const whole = joined.byteLength - (joined.byteLength % exponent.width);
        const bad = firstNonFinite(joined.subarray(0, whole), exponent.width, exponent.mask);
        if (bad !== -1) throw nonFinite(tensor, start / exponent.width + bad);
        rest = joined.slice(whole);
        at += chunk.byteLength;
        yield chunk;
      }
    },
  };
}

function joinBytes(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.byteLength + b.byteLength);
  joined.set(a);
  joined.set(b, a.byteLength);
  return joined;
}

function firstNonFinite(bytes: Uint8Array, width: 2 | 4, mask: number): number {
  const aligned = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  const count = aligned.byteLength / width;
  const numbers =
    width === 4
      ? new Uint32Array(aligned.buffer, aligned.byteOffset, count)
      : new Uint16Array(aligned.buffer, aligned.byteOffset, count);
  for (let index = 0; index < count; index++) if (((numbers[index] ?? 0) & mask) === mask) return index;
  return -1;
}

function nonFinite(tensor: GgufTensor, index: number): SlipwayError {
  const rowLength = tensor.dimensions[0] ?? 1;
  const [row, column] = [Math.floor(index / rowLength), index % rowLength];
  return new SlipwayError('NON_FINITE', `tensor '${tensor.name}' holds a value that is not finite`, {
    where: `${tensor.name}, row ${row}, column ${column}`,
    context: { tensor: tensor.name, row, column },
    try: 'the model was damaged or never worked: fetch it again, or ask who published it',
  });
}
