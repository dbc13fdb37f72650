import { SlipwayError } from '../core/index.js';
import { VALUE_TYPES, type GgufArray, type GgufValue, type ScalarType, type ValueType } from './content.js';

const INITIAL_CAPACITY = 64 * 1024;
const encoder = new TextEncoder();

/** Numbers of the value types in a file. */
const TYPE_IDS: ReadonlyMap<ValueType, number> = new Map(VALUE_TYPES.map((type, id) => [type, id]));

/** Inclusive bounds of the integer types that fit a JavaScript number. */
const INTEGER_BOUNDS: Readonly<Partial<Record<ScalarType, readonly [number, number]>>> = {
  UINT8: [0, 0xff],
  INT8: [-0x80, 0x7f],
  UINT16: [0, 0xffff],
  INT16: [-0x8000, 0x7fff],
  UINT32: [0, 0xffff_ffff],
  INT32: [-0x8000_0000, 0x7fff_ffff],
};

/** Bytes of one element. Strings and arrays have no fixed size. */
export const SCALAR_SIZES: Readonly<Record<Exclude<ScalarType, 'STRING'>, number>> = {
  UINT8: 1,
  INT8: 1,
  UINT16: 2,
  INT16: 2,
  UINT32: 4,
  INT32: 4,
  FLOAT32: 4,
  BOOL: 1,
  UINT64: 8,
  INT64: 8,
  FLOAT64: 8,
};

/** Collects the header of a GGUF file in a buffer that doubles when it is full. */
export class HeaderWriter {
  readonly #little: boolean;
  #bytes = new Uint8Array(INITIAL_CAPACITY);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  constructor(littleEndian = true) {
    this.#little = littleEndian;
  }

  get length(): number {
    return this.#length;
  }

  /** A copy of what was written so far. */
  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  uint32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value, this.#little);
  }

  /** A count, length or offset: a safe integer. */
  uint64(value: number): void {
    const at = this.#reserve(8);
    const [low, high] = this.#little ? [at, at + 4] : [at + 4, at];
    this.#view.setUint32(low, value % 2 ** 32, this.#little);
    this.#view.setUint32(high, Math.floor(value / 2 ** 32), this.#little);
  }

  raw(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.byteLength);
    this.#bytes.set(bytes, at);
  }

  zeros(count: number): void {
    const at = this.#reserve(count);
    this.#bytes.fill(0, at, at + count);
  }

  /** A string with its length in bytes before it. `name` is the key or tensor it belongs to. */
  string(value: string | Uint8Array, name: string): void {
    if (typeof value !== 'string') {
      this.uint64(value.byteLength);
      this.raw(value);
      return;
    }
    const at = this.#reserve(8 + 3 * value.length);
    if (value.length <= SHORT && this.#plain(value, at + 8)) {
      this.#length = at;
      this.uint64(value.length);
      this.#length += value.length;
      return;
    }
    const { written } = encoder.encodeInto(value, this.#bytes.subarray(at + 8));
    this.#length = at;
    this.uint64(written);
    const bytes = this.#bytes.subarray(this.#length, this.#length + written);
    // The encoder writes U+FFFD for half a surrogate pair: other bytes than the text stood for.
    if (written > value.length && bytes.includes(0xef) && /\p{Surrogate}/u.test(value)) {
      throw invalid(`'${name}' holds text that is not Unicode`, name, 'an unpaired surrogate');
    }
    this.#length += written;
  }

  /** Writes a text if it is ASCII: for the millions of short ones that a vocabulary has, calling the encoder is most of the cost. */
  #plain(value: string, at: number): boolean {
    for (let index = 0; index < value.length; index++) {
      const char = value.charCodeAt(index);
      if (char > 0x7f) return false;
      this.#bytes[at + index] = char;
    }
    return true;
  }

  /** Key, type and value of one metadata entry. */
  entry(key: string, value: GgufValue): void {
    if (key === '') throw invalid('a metadata key is empty', 'metadata', 'an empty key');
    this.string(key, key);
    this.uint32(typeId(value.type));
    if (value.type === 'ARRAY') this.#array(key, value.items, value.value);
    else this.#scalar(key, value.type, value.value);
  }

  #array(key: string, items: ScalarType, values: GgufArray): void {
    this.uint32(typeId(items));
    this.uint64(values.length);
    const bytes = this.#little ? storedAs(items, values) : undefined;
    if (bytes !== undefined) this.raw(bytes);
    else for (const value of values) this.#scalar(key, items, value);
  }

  #scalar(key: string, type: ScalarType, value: unknown): void {
    if (type === 'STRING') {
      if (typeof value !== 'string' && !(value instanceof Uint8Array)) throw wrongValue(key, type, value);
      this.string(value, key);
    } else if (type === 'BOOL') {
      if (typeof value !== 'boolean') throw wrongValue(key, type, value);
      const at = this.#reserve(1);
      this.#bytes[at] = value ? 1 : 0;
    } else if (type === 'UINT64' || type === 'INT64') {
      this.#wide(key, type, value);
    } else {
      this.#number(key, type, value);
    }
  }

  #wide(key: string, type: 'UINT64' | 'INT64', value: unknown): void {
    if (typeof value !== 'bigint') throw wrongValue(key, type, value);
    const fits = type === 'UINT64' ? BigInt.asUintN(64, value) === value : BigInt.asIntN(64, value) === value;
    if (!fits) throw wrongValue(key, type, value);
    const at = this.#reserve(8);
    this.#view.setBigUint64(at, BigInt.asUintN(64, value), this.#little);
  }

  #number(key: string, type: Exclude<ScalarType, 'STRING' | 'BOOL' | 'UINT64' | 'INT64'>, value: unknown): void {
    if (typeof value !== 'number') throw wrongValue(key, type, value);
    const bounds = INTEGER_BOUNDS[type];
    if (bounds !== undefined && !(Number.isInteger(value) && value >= bounds[0] && value <= bounds[1])) {
      throw wrongValue(key, type, value);
    }
    const at = this.#reserve(SCALAR_SIZES[type]);
    if (type === 'FLOAT32') this.#view.setFloat32(at, value, this.#little);
    else if (type === 'FLOAT64') this.#view.setFloat64(at, value, this.#little);
    else if (SCALAR_SIZES[type] === 4) this.#view.setUint32(at, value, this.#little);
    else if (SCALAR_SIZES[type] === 2) this.#view.setUint16(at, value, this.#little);
    else this.#view.setUint8(at, value);
  }

  /** Makes room for `count` bytes and says where they start. It may replace `#bytes` and `#view`: call it first. */
  #reserve(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.byteLength) {
      const grown = new Uint8Array(Math.max(this.#bytes.byteLength * 2, this.#length));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return at;
  }
}

/** Characters of a text that is short. */
const SHORT = 32;

const LITTLE_ENDIAN_HOST = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** The memory of a typed array that already is what the file holds; it keeps the payload of NaNs, too. */
function storedAs(items: ScalarType, values: GgufArray): Uint8Array | undefined {
  const fits =
    (items === 'UINT8' && values instanceof Uint8Array) ||
    (items === 'INT8' && values instanceof Int8Array) ||
    (items === 'UINT16' && values instanceof Uint16Array) ||
    (items === 'INT16' && values instanceof Int16Array) ||
    (items === 'UINT32' && values instanceof Uint32Array) ||
    (items === 'INT32' && values instanceof Int32Array) ||
    (items === 'FLOAT32' && values instanceof Float32Array) ||
    (items === 'FLOAT64' && values instanceof Float64Array);
  if (!fits || !LITTLE_ENDIAN_HOST) return undefined;
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function typeId(type: ValueType): number {
  const id = TYPE_IDS.get(type);
  if (id === undefined) throw new SlipwayError('INTERNAL', `no such GGUF value type: ${type}`);
  return id;
}

function invalid(message: string, where: string, got: string): SlipwayError {
  return new SlipwayError('GGUF_INVALID', message, { where, got });
}

function wrongValue(key: string, type: ScalarType, value: unknown): SlipwayError {
  return invalid(`the value of '${key}' does not fit its type`, key, `${typeof value} ${String(value)} as ${type}`);
}
