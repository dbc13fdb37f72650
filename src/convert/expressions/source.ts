import { SlipwayError, type ByteRange, type ReadHints } from '../../core/index.js';
import { dtypeBits, type SafetensorsDtype, type WeightTensor } from '../../safetensors/index.js';
import { halfToFloat } from './half.js';
import { byteSize, valueSize, type TensorExpression } from './tensor-expression.js';
import { evenly, rangeOf } from './placement.js';
import { bytesOf, convertRange } from './values.js';

/** An expression with the stored tensor that it shows. */
export interface SourceTensor extends TensorExpression {
  readonly weight: WeightTensor;
}

/** A tensor of the repository. F32, F16 and BF16 as they are; other types are widened to F32 as torch would. */
export function fromWeights(tensor: WeightTensor): SourceTensor {
  const read = (range: ByteRange, signal?: AbortSignal, hints?: ReadHints): AsyncIterable<Uint8Array> =>
    tensor.file.read({ start: tensor.start + range.start, end: tensor.start + range.end }, signal, hints);
  const { dtype, shape } = tensor;
  const sources = [rangeOf(tensor)];
  if (dtype === 'F32' || dtype === 'F16' || dtype === 'BF16') return placed({ dtype, shape, sources, read }, tensor);
  const value = READERS.get(dtype);
  if (value === undefined) {
    throw new SlipwayError(
      'DTYPE_UNSUPPORTED',
      `tensor '${tensor.name}' has type ${dtype}, which cannot be converted`,
      {
        where: `${tensor.file.path}: ${tensor.name}`,
      },
    );
  }
  const size = dtypeBits(dtype) / 8;
  const widen = size === 1 ? fromTable(value) : (bytes: Uint8Array): Uint8Array => widened(bytes, size, value);
  return placed(
    { dtype: 'F32', shape, sources, read: (range, signal) => convertRange(read, size, 4, widen, range, signal) },
    tensor,
  );
}

function placed(expression: TensorExpression, weight: WeightTensor): SourceTensor {
  const source: SourceTensor = { ...expression, weight };
  evenly(source, byteSize(source), valueSize(source.dtype));
  return source;
}

/** Widens types of one byte: looking a value up is many times as fast as working it out. */
function fromTable(value: ValueReader): (bytes: Uint8Array) => Uint8Array {
  const every = new DataView(Uint8Array.from({ length: 256 }, (_, byte) => byte).buffer);
  const table = Float32Array.from({ length: 256 }, (_, byte) => value(every, byte));
  return (bytes) => {
    const values = new Float32Array(bytes.byteLength);
    for (let index = 0; index < values.length; index += 1) values[index] = table[bytes[index] ?? 0] ?? 0;
    return bytesOf(values);
  };
}

/** The same for words that other words give a meaning: they cannot be read as values, and nothing reads them so. */
export function fromPacked(tensor: WeightTensor): SourceTensor {
  if (tensor.dtype !== 'U32') return fromWeights(tensor);
  const { shape, name } = tensor;
  return {
    dtype: 'F32',
    shape,
    sources: [],
    weight: tensor,
    read: () => {
      throw new SlipwayError('DTYPE_UNSUPPORTED', `tensor '${name}' holds packed words, not values`, { where: name });
    },
  };
}

type ValueReader = (view: DataView, at: number) => number;

const READERS: ReadonlyMap<SafetensorsDtype, ValueReader> = new Map<SafetensorsDtype, ValueReader>([
  ['F64', (view, at) => view.getFloat64(at, true)],
  ['I64', (view, at) => Number(view.getBigInt64(at, true))],
  ['I32', (view, at) => view.getInt32(at, true)],
  ['I16', (view, at) => view.getInt16(at, true)],
  ['I8', (view, at) => view.getInt8(at)],
  ['U8', (view, at) => view.getUint8(at)],
  ['BOOL', (view, at) => (view.getUint8(at) === 0 ? 0 : 1)],
  ['F8_E5M2', (view, at) => halfToFloat(view.getUint8(at) * 256)],
  ['F8_E8M0', (view, at) => e8m0ToFloat(view.getUint8(at))],
  ['F8_E4M3', (view, at) => e4m3ToFloat(view.getUint8(at))],
]);

/** OCP's scale of 8 bits: a power of two. */
function e8m0ToFloat(byte: number): number {
  return byte === 255 ? Number.NaN : 2 ** (byte - 127);
}

/** OCP 8-bit float E4M3 (FN): no infinities, NaN where exponent and fraction are all ones. */
function e4m3ToFloat(byte: number): number {
  const sign = byte & 0x80 ? -1 : 1;
  const exponent = (byte >> 3) & 0xf;
  const fraction = byte & 7;
  if (exponent === 15 && fraction === 7) return Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -9 : sign * (1 + fraction / 8) * 2 ** (exponent - 7);
}

function widened(bytes: Uint8Array, size: number, value: ValueReader): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float32Array(bytes.byteLength / size);
  for (let index = 0; index < values.length; index += 1) values[index] = value(view, index * size);
  return bytesOf(values);
}
