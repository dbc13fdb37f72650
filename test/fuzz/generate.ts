import { type Random } from './mutate.js';

// Files that are nearly right: changes of bytes alone seldom lead to one that is accepted, and only what is accepted can be
// compared with what other readers make of it.

const chance = (random: Random, share: number): boolean => random.next() < share;
const u32 = (value: number): Buffer => Buffer.from(Uint32Array.of(value).buffer);
const u64 = (value: number | bigint): Buffer => Buffer.from(BigUint64Array.of(BigInt(value)).buffer);

const BITS: Readonly<Record<string, number>> = {
  F64: 64, F32: 32, F16: 16, BF16: 16, I64: 64, I32: 32, I16: 16, I8: 8, U8: 8, BOOL: 8, F8_E4M3: 8, F8_E5M2: 8,
  U16: 16, U32: 32, U64: 64, F4: 4, F6_E2M3: 6, F6_E3M2: 6, F8_E8M0: 8, C64: 64, X9: 8,
}; // prettier-ignore
const NAMES = [
  'a',
  'b.c',
  'model.layers.0.w',
  '__metadata__',
  '__proto__',
  'ä',
  'x y',
  '',
  'a',
  '\\u0061',
  'z'.repeat(70),
];

/** A safetensors file whose tensors, sizes, order and spelling are drawn; mostly one thing in it is wrong, or none. */
export function safetensorsFile(random: Random): Uint8Array {
  const wrong = (): boolean => chance(random, 0.04);
  let offset = 0;
  const entries: string[] = [];
  if (chance(random, 0.3)) entries.push(`"__metadata__":{"format":${random.pick(['"pt"', '"\\u00e4"', '1', 'null'])}}`);
  for (let count = random.below(4); count > 0; count--) {
    const dtype = random.pick(Object.keys(BITS));
    const shape = Array.from({ length: random.below(4) }, () => random.pick([0, 1, 2, 3, 8]));
    const elements = shape.reduce((product, size) => product * size, 1);
    const bytes = Math.floor((elements * (BITS[dtype] ?? 8)) / 8) + (wrong() ? 1 : 0);
    const [start, end] = [offset + (wrong() ? 4 : 0), offset + bytes];
    offset = end;
    const number = (value: number): string =>
      wrong() ? random.pick([`${value}.0`, `${value}e0`, `-${value}`, `0${value}`]) : String(value);
    const members = [
      `"dtype":"${dtype}"`,
      `"shape":[${shape.map(number).join(random.pick([',', ', ']))}]`,
      `"data_offsets":[${number(start)},${number(end)}]`,
      ...(wrong() ? ['"more":1'] : []),
    ];
    entries.push(`"${random.pick(NAMES)}":{${(wrong() ? members.slice(1) : members.toReversed()).join(',')}}`);
  }
  const json = `{${entries.join(random.pick([',', ' , ', ',\n']))}}${random.pick(['', ' ', '   ', '\n', wrong() ? 'x' : ''])}`;
  const header = Buffer.from(json);
  const data = Buffer.alloc(Math.max(0, offset + (wrong() ? random.pick([-1, 1, 8]) : 0)));
  return Buffer.concat([u64(header.length + (wrong() ? random.pick([-1, 1]) : 0)), header, data]);
}

const text = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
/** Bytes of the fixed types by their number (gguf.md). */
const WIDTHS = new Map([[0, 1], [1, 1], [2, 2], [3, 2], [4, 4], [5, 4], [6, 4], [7, 1], [10, 8], [11, 8], [12, 8]]); // prettier-ignore
/** Block sizes and their bytes of some tensor types (ggml.h): f32, f16, q4_0, q8_0, q4_K, i32, bf16. */
const TYPES = [[0, 1, 4], [1, 1, 2], [2, 32, 18], [8, 32, 34], [12, 256, 144], [26, 1, 4], [30, 1, 2]] as const; // prettier-ignore
const KEYS = [
  'general.architecture',
  'general.name',
  'a.b',
  'split.count',
  'k',
  'tokenizer.ggml.tokens',
  'a.b',
  'Ü.x',
  'x'.repeat(80),
];

function keyValue(random: Random, wrong: () => boolean): Buffer {
  const key = wrong() ? '' : random.pick(KEYS);
  const kind = random.pick([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  const of = (type: number): Buffer => {
    if (type === 8) return text(random.pick(['', 'llama', 'ä\n', 'x'.repeat(200)]));
    const bytes = Buffer.alloc(WIDTHS.get(type) ?? 1);
    for (let at = 0; at < bytes.length; at++)
      bytes[at] = type === 7 ? random.below(wrong() ? 3 : 2) : random.below(256);
    return bytes;
  };
  if (kind !== 9) return Buffer.concat([text(key), u32(wrong() ? 13 : kind), of(kind)]);
  const element = wrong() ? 9 : random.pick([0, 4, 6, 7, 8, 10, 12]);
  const count = random.below(4);
  const items = Array.from({ length: count }, () => of(element));
  return Buffer.concat([text(key), u32(9), u32(element), u64(count + (wrong() ? 1 : 0)), ...items]);
}

/** A GGUF file whose keys, tensors, types and alignment are drawn; mostly one thing in it is wrong, or none. */
export function ggufFile(random: Random): Uint8Array {
  const wrong = (): boolean => chance(random, 0.02);
  const alignment = chance(random, 0.7) ? 32 : random.pick([8, 16, 64, 1, 4096, 3, 0]);
  const pairs = Array.from({ length: random.below(4) }, () => keyValue(random, wrong));
  if (alignment !== 32 || chance(random, 0.3))
    pairs.push(Buffer.concat([text('general.alignment'), u32(wrong() ? 5 : 4), u32(alignment)]));
  const padded = (size: number): number => (alignment > 0 ? Math.ceil(size / alignment) * alignment : size);
  let offset = 0;
  const tensors = Array.from({ length: random.below(4) }, (_, index) => {
    const [type, block, bytes] = random.pick(TYPES);
    const rank = wrong() ? random.pick([0, 5]) : 1 + random.below(4);
    const shape = Array.from({ length: rank }, (_none, at) =>
      at === 0 ? block * (1 + random.below(2)) : 1 + random.below(3),
    );
    if (wrong()) shape[0] = random.pick([0, 7, 2 ** 31]);
    const size = (shape.reduce((product, one) => product * one, 1) / block) * bytes;
    const name = wrong() ? random.pick(['', 'w0', 'x'.repeat(64)]) : `w${index}`;
    const at = offset + (wrong() ? alignment : 0);
    offset = padded(offset + Math.ceil(size));
    return Buffer.concat([
      text(name),
      u32(rank),
      ...shape.map((one) => u64(one)),
      u32(wrong() ? random.pick([4, 31, 99]) : type),
      u64(at),
    ]);
  });
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    u32(wrong() ? random.pick([0, 1, 2, 4]) : 3),
    u64(tensors.length + (wrong() ? 1 : 0)),
    u64(pairs.length + (wrong() ? 1 : 0)),
    ...pairs,
    ...tensors,
  ]);
  const size = Math.min(offset, 1024 * 1024) + (wrong() ? random.pick([-1, 1, 32]) : 0);
  return Buffer.concat([head, Buffer.alloc(padded(head.length) - head.length), Buffer.alloc(Math.max(0, size))]);
}
