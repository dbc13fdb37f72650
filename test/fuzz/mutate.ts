/** Numbers in [0, 1) that a seed determines (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

const INTEGERS: readonly bigint[] = [
  0n,
  1n,
  2n,
  4n,
  8n,
  31n,
  32n,
  127n,
  255n,
  256n,
  65_535n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 53n,
  2n ** 62n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];
const WORDS = [
  'null',
  'true',
  '-1',
  '1e999',
  '9007199254740993',
  'NaN',
  '""',
  '"\\u0000"',
  '[]',
  '{}',
  '"__proto__"',
  '"../../x"',
  '"\\ud800"',
  '1.5',
  '-0',
  '"sha256:"',
];
const TEXTS = [
  '\u0000',
  '\u001b[2J',
  '\u202e',
  '\u009b',
  '../',
  '/',
  '\\',
  '"',
  '{{',
  '<<: *a',
  '&a',
  '*a',
  '- ',
  '? ',
  '[',
  '{',
  '%',
  '\n',
  '\t',
  '\ufeff',
  '!!binary ',
];

type Mutation = (bytes: Buffer, random: Random) => Buffer;

const flip: Mutation = (bytes, random) => {
  const at = random.below(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  return bytes;
};

const integer: Mutation = (bytes, random) => {
  const value = random.pick(INTEGERS);
  if (bytes.length < 8) return flip(bytes, random);
  if (random.next() < 0.5) bytes.writeBigUInt64LE(value, random.below(bytes.length - 7));
  else bytes.writeUInt32LE(Number(value & 0xffff_ffffn), random.below(bytes.length - 3));
  return bytes;
};

const cut: Mutation = (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1));

const remove: Mutation = (bytes, random) => {
  const at = random.below(bytes.length);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(16))]);
};

const repeat: Mutation = (bytes, random) => {
  const at = random.below(bytes.length);
  const piece = bytes.subarray(at, at + 1 + random.below(64));
  const times = random.next() < 0.05 ? 2000 : 1 + random.below(4);
  return Buffer.concat([bytes.subarray(0, at), ...Array.from({ length: times }, () => piece), bytes.subarray(at)]);
};

const insert: Mutation = (bytes, random) => {
  const at = random.below(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(random.pick(TEXTS)), bytes.subarray(at)]);
};

/** Another value in place of one of JSON's, or a deep one. */
const jsonValue: Mutation = (bytes, random) => {
  const text = bytes.toString('latin1');
  const values = [...text.matchAll(/"[^"\\]{0,40}"|-?\d+(?:\.\d+)?|true|false|null/g)];
  const value = values[random.below(values.length)];
  if (value === undefined) return insert(bytes, random);
  const depth = random.pick([10, 600, 20_000]);
  const word = random.next() < 0.05 ? '['.repeat(depth) + ']'.repeat(depth) : random.pick(WORDS);
  return Buffer.from(text.slice(0, value.index) + word + text.slice(value.index + value[0].length), 'latin1');
};

const MUTATIONS: readonly Mutation[] = [flip, flip, integer, cut, remove, repeat, insert, jsonValue, jsonValue];
const LARGEST = 512 * 1024;

/** Changes some places of an input, in ways that its format has words for. */
export function mutated(input: Uint8Array, other: Uint8Array, random: Random): Buffer {
  let bytes: Buffer = Buffer.from(input);
  if (random.next() < 0.05) {
    // The beginning of one and the end of another.
    bytes = Buffer.concat([
      bytes.subarray(0, random.below(bytes.length)),
      Buffer.from(other).subarray(random.below(other.length)),
    ]);
  }
  for (let count = 1 + random.below(4); count > 0 && bytes.length > 0; count--)
    bytes = random.pick(MUTATIONS)(bytes, random);
  return bytes.subarray(0, LARGEST);
}
