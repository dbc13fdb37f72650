import { SlipwayError, type ByteRange } from '../core/index.js';
import type { ModelFile } from '../files/index.js';
import { tensorSize, type GgufTensor } from './content.js';
import { tensorType, type TensorType } from './tensor-type.js';

/** Fields of more than one byte in one block: position and width in bytes. */
type WideFields = readonly (readonly [at: number, width: number])[];

/**
 * What must be turned around in a block of a big-endian file: the types for which gguf-py's endianness converter knows
 * a rule. Other quantized types are refused: no tool writes such files.
 */
const WIDE_FIELDS: Readonly<Partial<Record<TensorType, WideFields>>> = {
  F32: [[0, 4]],
  F16: [[0, 2]],
  BF16: [[0, 2]],
  F64: [[0, 8]],
  I8: [],
  I16: [[0, 2]],
  I32: [[0, 4]],
  I64: [[0, 8]],
  Q1_0: [[0, 2]],
  Q4_0: [[0, 2]],
  Q8_0: [[0, 2]],
  Q4_K: [
    [0, 2],
    [2, 2],
  ],
  Q6_K: [[208, 2]],
  TQ2_0: [[64, 2]],
  MXFP4: [],
  NVFP4: [],
};

/** Bytes of a tensor of a big-endian file, turned into little endian. Throws `FORMAT_UNSUPPORTED`. */
export async function* readSwapped(
  file: ModelFile,
  tensor: { readonly name: string; readonly type: TensorType; readonly position: number },
  range: ByteRange,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const fields = WIDE_FIELDS[tensor.type];
  if (fields === undefined) {
    throw new SlipwayError('FORMAT_UNSUPPORTED', `tensor '${tensor.name}' is ${tensor.type} in a big-endian file`, {
      where: file.path,
      try: 'convert the file to little endian on the machine that wrote it',
    });
  }
  const block = tensorType(tensor.type).blockSize;
  const first = Math.floor(range.start / block) * block;
  const last = Math.ceil(range.end / block) * block;
  let at = first;
  let carry = new Uint8Array(0);
  for await (const chunk of file.read({ start: tensor.position + first, end: tensor.position + last }, signal)) {
    const joined = new Uint8Array(carry.byteLength + chunk.byteLength);
    joined.set(carry);
    joined.set(chunk, carry.byteLength);
    const whole = Math.floor(joined.byteLength / block) * block;
    for (let start = 0; start < whole; start += block) swapFields(joined, start, fields);
    carry = joined.slice(whole);
    const from = Math.max(range.start - at, 0);
    const to = Math.min(range.end - at, whole);
    at += whole;
    if (to > from) yield joined.slice(from, to);
  }
}

function swapFields(bytes: Uint8Array, start: number, fields: WideFields): void {
  for (const [at, width] of fields) bytes.subarray(start + at, start + at + width).reverse();
}

/**
 * Numbers that gguf-py turns around when it writes for a big-endian machine. It leaves all else as it is, since it holds
 * them as bytes: BF16, Q8_0 and the other packed types keep the little-endian numbers inside of their blocks.
 */
const WRITTEN_WIDTHS: Readonly<Partial<Record<TensorType, number>>> = {
  F32: 4,
  F16: 2,
  F64: 8,
  I16: 2,
  I32: 4,
  I64: 8,
};

/** The tensor as gguf-py writes it for a big-endian machine. */
export function bigEndianTensor(tensor: GgufTensor): GgufTensor {
  const width = WRITTEN_WIDTHS[tensor.type];
  if (width === undefined) return tensor;
  const size = tensorSize(tensor);
  return {
    ...tensor,
    async *read(range = { start: 0, end: size }, signal, hints) {
      const start = range.start - (range.start % width);
      const end = Math.ceil(range.end / width) * width;
      let at = start;
      let carry = new Uint8Array(0);
      for await (const chunk of tensor.read({ start, end }, signal, hints)) {
        const joined = new Uint8Array(carry.byteLength + chunk.byteLength);
        joined.set(carry);
        joined.set(chunk, carry.byteLength);
        const whole = joined.byteLength - (joined.byteLength % width);
        for (let index = 0; index < whole; index += width) joined.subarray(index, index + width).reverse();
        carry = joined.slice(whole);
        const part = joined.subarray(Math.max(range.start - at, 0), Math.min(range.end - at, whole));
        at += whole;
        if (part.byteLength > 0) yield part;
      }
    },
  };
}
