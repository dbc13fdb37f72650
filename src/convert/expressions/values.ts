import type { ByteRange } from '../../core/index.js';
import { ByteCursor, CHUNK_SIZE, inUnits } from './byte-cursor.js';
import { factorsOf, notOnFactors, productOf } from './factors.js';
import { floatToHalf, halfTable } from './half.js';
import { evenlyFrom } from './placement.js';
import { byteSize, valueSize, type TensorExpression, type ValueDtype } from './tensor-expression.js';

/** The same values in single precision: exact for every type that an expression can have. */
export function widen(tensor: TensorExpression): TensorExpression {
  if (tensor.dtype === 'F32') return tensor;
  const { dtype } = tensor;
  return converted(tensor, 'F32', (bytes) => bytesOf(decode(bytes, dtype)));
}

/** Applies `change` to every value, in place and in single precision; halves are rounded back to halves, as torch does. */
export function mapValues(tensor: TensorExpression, change: (value: number) => number): TensorExpression {
  const factors = factorsOf(tensor);
  if (factors !== undefined) {
    // Only what multiplies every value alike can be done to one factor.
    const scales = change(0) === 0 && change(2) === 2 * change(1) && change(-1) === -change(1);
    if (!scales) throw notOnFactors('changes the values of a matrix one by one');
    return productOf({ a: factors.a, b: mapValues(factors.b, change) });
  }
  const dtype = tensor.dtype === 'F16' ? 'F16' : 'F32';
  return converted(tensor, dtype, (bytes) => {
    const values = decode(bytes, tensor.dtype);
    for (let index = 0; index < values.length; index += 1) values[index] = change(values[index] ?? 0);
    return dtype === 'F16' ? halves(values) : bytesOf(values);
  });
}

/** A tensor of numbers that are already here. */
export function literal(values: Float32Array, shape: readonly number[] = [values.length]): TensorExpression {
  const bytes = bytesOf(values);
  return {
    dtype: 'F32',
    shape,
    sources: [],
    async *read(range) {
      if (range.end > range.start) yield bytes.slice(range.start, range.end);
    },
  };
}

/** All values of a tensor that is known to be small. */
export async function readValues(tensor: TensorExpression, signal?: AbortSignal): Promise<Float32Array> {
  const size = byteSize(tensor);
  const cursor = new ByteCursor(tensor.read({ start: 0, end: size }, signal, { lend: true }));
  try {
    return decode(await cursor.take(size), tensor.dtype);
  } finally {
    await cursor.close();
  }
}

/** The same tensor with every chunk of its values passed through `change`. */
function converted(
  tensor: TensorExpression,
  dtype: ValueDtype,
  change: (bytes: Uint8Array) => Uint8Array,
): TensorExpression {
  const changed: TensorExpression = {
    dtype,
    shape: tensor.shape,
    sources: tensor.sources,
    read: (range, signal) =>
      convertRange(tensor.read, valueSize(tensor.dtype), valueSize(dtype), change, range, signal),
  };
  return evenlyFrom(changed, byteSize(changed), [tensor], valueSize(dtype));
}

/** Reads the elements that cover `range`, chunk by chunk, through `change`. */
export function convertRange(
  read: TensorExpression['read'],
  from: number,
  to: number,
  change: (bytes: Uint8Array) => Uint8Array,
  range: ByteRange,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  return inUnits(range, to, async function* (aligned) {
    const [first, last] = [aligned.start / to, aligned.end / to];
    const cursor = new ByteCursor(read({ start: first * from, end: last * from }, signal, { lend: true }));
    const together = CHUNK_SIZE / 8;
    try {
      for (let at = first; at < last; at += together) {
        yield change(await cursor.take(Math.min(together, last - at) * from));
      }
    } finally {
      await cursor.close();
    }
  });
}

/** Stored values as single precision. `bytes` must begin on a boundary of four in its buffer. */
export function decode(bytes: Uint8Array, dtype: ValueDtype): Float32Array {
  if (dtype === 'F32') return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const words = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  const values = new Float32Array(words.length);
  if (dtype === 'F16') {
    const table = halfTable();
    for (let index = 0; index < words.length; index += 1) values[index] = table[words[index] ?? 0] ?? 0;
    return values;
  }
  const wide = new Uint32Array(values.buffer);
  for (let index = 0; index < words.length; index += 1) wide[index] = (words[index] ?? 0) << 16;
  return values;
}

function halves(values: Float32Array): Uint8Array {
  const words = new Uint16Array(values.length);
  for (let index = 0; index < words.length; index += 1) words[index] = floatToHalf(values[index] ?? 0);
  return new Uint8Array(words.buffer);
}

/** The bytes of values, without a copy. Every machine that Node runs on is little-endian, as the formats are. */
export function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
