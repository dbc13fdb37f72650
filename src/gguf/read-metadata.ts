import { VALUE_TYPES, type GgufArray, type GgufValue, type ScalarType } from './content.js';
import type { HeaderCursor } from './header-cursor.js';
import { SCALAR_SIZES } from './header-writer.js';
import type { GgufLimits } from './limits.js';

/** What an entry takes at least: length of the key, one character, type, one byte. */
export const SMALLEST_ENTRY = 14;

const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text, or the bytes themselves where they are not UTF-8. */
function textOrBytes(bytes: Uint8Array): string | Uint8Array {
  try {
    return text.decode(bytes);
  } catch {
    return bytes.slice();
  }
}

/** A name that must be text without zero bytes: readers in C would see another name. */
export function nameFrom(cursor: HeaderCursor, bytes: Uint8Array, what: string): string {
  const name = textOrBytes(bytes);
  if (typeof name !== 'string') throw cursor.invalid(`has a ${what} that is not UTF-8`);
  if (name.includes('\0')) throw cursor.invalid(`has a ${what} with a zero byte in it`);
  return name;
}

/** Reads `count` metadata entries, in file order; with `prefix` only as far as keys begin with it. */
export async function readMetadata(
  cursor: HeaderCursor,
  count: number,
  limits: GgufLimits,
  prefix = '',
): Promise<Map<string, GgufValue>> {
  const metadata = new Map<string, GgufValue>();
  const budget = { boxed: limits.boxedElements };
  for (let index = 0; index < count; index++) {
    const key = nameFrom(cursor, await cursor.stringBytes('metadata key', limits.keyLength), 'metadata key');
    if (key === '') throw cursor.invalid('has an empty metadata key');
    if (!key.startsWith(prefix)) break;
    if (metadata.has(key)) throw cursor.invalid(`has the metadata key '${key}' twice`);
    metadata.set(key, await readValue(cursor, key, limits, budget));
  }
  return metadata;
}

interface Budget {
  /** Elements that may still become JavaScript objects. */
  boxed: number;
}

async function readValue(cursor: HeaderCursor, key: string, limits: GgufLimits, budget: Budget): Promise<GgufValue> {
  const type = await readType(cursor, key);
  if (type === 'ARRAY') {
    const items = await readType(cursor, key);
    if (items === 'ARRAY') throw cursor.invalid(`has an array of arrays under '${key}'`, 'ggml has no nested arrays');
    return { type, items, value: await readArray(cursor, key, items, limits, budget) };
  }
  if (type === 'STRING') {
    return { type, value: textOrBytes(await cursor.stringBytes(`value of '${key}'`, limits.headerBytes)) };
  }
  const size = SCALAR_SIZES[type];
  await cursor.fill(size, `the value of '${key}'`);
  return scalarValue(type, cursor.takeView(size), cursor.littleEndian);
}

async function readType(cursor: HeaderCursor, key: string): Promise<GgufValue['type']> {
  const id = await cursor.uint32(`the type of '${key}'`);
  const type = VALUE_TYPES[id];
  if (type === undefined)
    throw cursor.invalid(`has an unknown type of value under '${key}'`, `type ${id}, known: 0 to 12`);
  return type;
}

function scalarValue(type: Exclude<ScalarType, 'STRING'>, view: DataView, little: boolean): GgufValue {
  switch (type) {
    case 'UINT8':
      return { type, value: view.getUint8(0) };
    case 'INT8':
      return { type, value: view.getInt8(0) };
    case 'UINT16':
      return { type, value: view.getUint16(0, little) };
    case 'INT16':
      return { type, value: view.getInt16(0, little) };
    case 'UINT32':
      return { type, value: view.getUint32(0, little) };
    case 'INT32':
      return { type, value: view.getInt32(0, little) };
    case 'FLOAT32':
      return { type, value: view.getFloat32(0, little) };
    case 'FLOAT64':
      return { type, value: view.getFloat64(0, little) };
    case 'UINT64':
      return { type, value: view.getBigUint64(0, little) };
    case 'INT64':
      return { type, value: view.getBigInt64(0, little) };
    default:
      return { type, value: view.getUint8(0) !== 0 };
  }
}

async function readArray(
  cursor: HeaderCursor,
  key: string,
  items: ScalarType,
  limits: GgufLimits,
  budget: Budget,
): Promise<GgufArray> {
  const boxed = items === 'STRING' || items === 'BOOL' || items === 'UINT64' || items === 'INT64';
  const limit = boxed ? budget.boxed : limits.headerBytes;
  const count = await cursor.count(`elements of '${key}'`, limit, items === 'STRING' ? 8 : SCALAR_SIZES[items]);
  if (boxed) budget.boxed -= count;
  if (items === 'STRING') return readStrings(cursor, key, count, limits);
  const bytes = await readPacked(cursor, key, count * SCALAR_SIZES[items], SCALAR_SIZES[items]);
  return unpack(items, bytes);
}

async function readStrings(
  cursor: HeaderCursor,
  key: string,
  count: number,
  limits: GgufLimits,
): Promise<(string | Uint8Array)[]> {
  const what = `element of '${key}'`;
  const values: (string | Uint8Array)[] = [];
  for (let index = 0; index < count; index++) {
    const atHand = cursor.stringAtHand(limits.headerBytes);
    values.push(textOrBytes(atHand ?? (await cursor.stringBytes(what, limits.headerBytes))));
  }
  return values;
}

/** Elements of a fixed size in the byte order of this machine's views (little endian), in memory of their own. */
async function readPacked(cursor: HeaderCursor, key: string, size: number, width: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  const piece = 1024 * 1024;
  for (let at = 0; at < size; at += piece) {
    const length = Math.min(piece, size - at);
    await cursor.fill(length, `elements of '${key}'`);
    bytes.set(cursor.take(length), at);
  }
  if (!cursor.littleEndian && width > 1) {
    for (let at = 0; at < size; at += width) bytes.subarray(at, at + width).reverse();
  }
  return bytes;
}

function unpack(items: Exclude<ScalarType, 'STRING'>, bytes: Uint8Array): GgufArray {
  const { buffer } = bytes;
  switch (items) {
    case 'UINT8':
      return bytes;
    case 'INT8':
      return new Int8Array(buffer);
    case 'UINT16':
      return new Uint16Array(buffer);
    case 'INT16':
      return new Int16Array(buffer);
    case 'UINT32':
      return new Uint32Array(buffer);
    case 'INT32':
      return new Int32Array(buffer);
    case 'FLOAT32':
      return new Float32Array(buffer);
    case 'FLOAT64':
      return new Float64Array(buffer);
    case 'UINT64':
      return [...new BigUint64Array(buffer)];
    case 'INT64':
      return [...new BigInt64Array(buffer)];
    default:
      return Array.from(bytes, (byte) => byte !== 0);
  }
}
