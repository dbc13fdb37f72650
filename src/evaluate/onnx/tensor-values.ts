import { SlipwayError } from '../../core/index.js';
import type { OnnxValue } from '../../onnx/index.js';

/** A tensor with its bytes, little endian. */
export interface OnnxTensor {
  readonly name: string;
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: Uint8Array;
}

/** What an input is filled with: numbers as they are, or evenly from a range, always the same ones. */
export type InputFill = { readonly values: readonly number[] } | { readonly from: number; readonly to: number };

type Writer = (view: DataView, at: number, value: number) => void;
type Reader = (view: DataView, at: number) => number;

const KINDS: Readonly<Record<string, readonly [bytes: number, write: Writer, read: Reader, floating: boolean]>> = {
  float32: [4, (v, at, x) => v.setFloat32(at, x, true), (v, at) => v.getFloat32(at, true), true],
  float64: [8, (v, at, x) => v.setFloat64(at, x, true), (v, at) => v.getFloat64(at, true), true],
  float16: [2, (v, at, x) => v.setUint16(at, halfBits(x), true), (v, at) => halfValue(v.getUint16(at, true)), true],
  int8: [1, (v, at, x) => v.setInt8(at, x), (v, at) => v.getInt8(at), false],
  uint8: [1, (v, at, x) => v.setUint8(at, x), (v, at) => v.getUint8(at), false],
  bool: [1, (v, at, x) => v.setUint8(at, x === 0 ? 0 : 1), (v, at) => v.getUint8(at), false],
  int16: [2, (v, at, x) => v.setInt16(at, x, true), (v, at) => v.getInt16(at, true), false],
  uint16: [2, (v, at, x) => v.setUint16(at, x, true), (v, at) => v.getUint16(at, true), false],
  int32: [4, (v, at, x) => v.setInt32(at, x, true), (v, at) => v.getInt32(at, true), false],
  uint32: [4, (v, at, x) => v.setUint32(at, x, true), (v, at) => v.getUint32(at, true), false],
  int64: [
    8,
    (v, at, x) => v.setBigInt64(at, BigInt(Math.trunc(x)), true),
    (v, at) => Number(v.getBigInt64(at, true)),
    false,
  ],
  uint64: [
    8,
    (v, at, x) => v.setBigUint64(at, BigInt(Math.trunc(x)), true),
    (v, at) => Number(v.getBigUint64(at, true)),
    false,
  ],
};
/** Numbers of one input. */
const ELEMENT_LIMIT = 64 * 1024 * 1024;

/**
 * A tensor for an input: the numbers given, or numbers from a range (floats from -1 to 1, whole numbers 0 and 1 unless
 * given) that follow from `seed`. Throws `EVALUATION_FAILED` for types that are no numbers and shapes that are too large.
 */
export function inputTensor(
  { name, type }: OnnxValue,
  dims: readonly number[],
  fill: InputFill | undefined,
  seed: number,
): OnnxTensor {
  const kind = KINDS[type];
  if (kind === undefined) throw failed(`input '${name}' cannot be filled`, `its type is ${type}`);
  const count = dims.reduce((product, dimension) => product * dimension, 1);
  if (count > ELEMENT_LIMIT)
    throw failed(`input '${name}' would be too large`, `${count} numbers, at most ${ELEMENT_LIMIT}`);
  const [bytes, write, , floating] = kind;
  const data = new Uint8Array(count * bytes);
  const view = new DataView(data.buffer);
  const next = numbersOf(name, fill, floating, count, seed);
  for (let index = 0; index < count; index += 1) write(view, index * bytes, next(index));
  return { name, type, dims, data };
}

function numbersOf(
  name: string,
  fill: InputFill | undefined,
  floating: boolean,
  count: number,
  seed: number,
): (index: number) => number {
  if (fill !== undefined && 'values' in fill) {
    const { values } = fill;
    if (values.length !== count && values.length !== 1) {
      throw failed(`input '${name}' has another number of values`, `${values.length}, its shape needs ${count}`);
    }
    return (index) => values[values.length === 1 ? 0 : index] ?? 0;
  }
  const { from, to } = fill ?? (floating ? { from: -1, to: 1 } : { from: 0, to: 1 });
  const start = hash(Buffer.from(name).reduce((sum, byte) => Math.imul(sum ^ byte, 0x01000193), seed));
  return (index) => {
    const part = hash(start + index) / 2 ** 32;
    return floating ? from + part * (to - from) : Math.min(to, Math.floor(from + part * (to - from + 1)));
  };
}

/** Well mixed bits of a number (the finalizer of MurmurHash3). */
function hash(value: number): number {
  let h = value >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The numbers of a tensor; `undefined` for texts and other things. */
export function valuesOf({ type, data }: OnnxTensor): Float64Array | undefined {
  const kind = KINDS[type];
  if (kind === undefined) return undefined;
  const [bytes, , read] = kind;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Float64Array.from({ length: Math.floor(data.byteLength / bytes) }, (_, index) => read(view, index * bytes));
}

function halfBits(value: number): number {
  const float = new Float32Array([value]);
  const bits = new Uint32Array(float.buffer)[0] ?? 0;
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 112;
  if (exponent <= 0) return sign;
  if (exponent >= 31) return sign | 0x7c00;
  return sign | (exponent << 10) | ((bits >>> 13) & 0x3ff);
}

function halfValue(bits: number): number {
  const [exponent, fraction] = [(bits >>> 10) & 31, bits & 0x3ff];
  const size =
    exponent === 0
      ? fraction * 2 ** -24
      : exponent === 31
        ? fraction === 0
          ? Infinity
          : Number.NaN
        : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return (bits & 0x8000) === 0 ? size : -size;
}

function failed(message: string, got: string): SlipwayError {
  return new SlipwayError('EVALUATION_FAILED', message, { got });
}
