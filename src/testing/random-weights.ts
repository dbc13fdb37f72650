/** Element types of generated tensors, as safetensors names them. */
export type WeightDtype = 'F32' | 'F16' | 'BF16';

/** How the numbers of a generated tensor are spread. */
export interface WeightShape {
  readonly dtype: WeightDtype;
  /** Numbers lie in (offset - scale, offset + scale), dense around the offset as trained weights are. */
  readonly scale: number;
  readonly offset: number;
}

const STEPS = 65_536;
const BLOCK_BYTES = 256 * 1024;

/** Bytes of one element. */
export const WEIGHT_BYTES: Readonly<Record<WeightDtype, number>> = { F32: 4, F16: 2, BF16: 2 };

/**
 * Generates bytes of endless tensors at any offset: number `i` depends on the seed and `i` alone, so nothing is kept.
 * Only integers are random: half of a 32-bit hash of `i >> 1` picks one of 65,536 values `offset + scale * x * (1/4 + 3/4 x²)` with
 * `x = (2k - 65535) / 65536`, so that any language with IEEE doubles makes the same file.
 */
export class WeightGenerator {
  readonly #dtype: WeightDtype;
  readonly #table: Uint32Array;

  constructor(shape: WeightShape) {
    this.#dtype = shape.dtype;
    this.#table = valueTable(shape);
  }

  /** Bytes `start` to `end` of the tensor with this seed. */
  *read(seed: number, start: number, end: number): Generator<Uint8Array> {
    for (let position = start; position < end;) {
      // Blocks begin at multiples of their size, so that a pair of numbers is never split between two.
      const block = position - (position % BLOCK_BYTES);
      const until = Math.min(end, block + BLOCK_BYTES);
      const bytes = this.#block(seed, block, until - block);
      yield position === block ? bytes : bytes.slice(position - block);
      position = until;
    }
  }

  #block(seed: number, start: number, length: number): Uint8Array {
    const pairs = Math.ceil(length / (2 * WEIGHT_BYTES[this.#dtype]));
    const first = start / (2 * WEIGHT_BYTES[this.#dtype]);
    const words = this.#dtype === 'F32' ? this.#wide(seed, first, pairs) : this.#narrow(seed, first, pairs);
    return new Uint8Array(words.buffer, 0, length);
  }

  #narrow(seed: number, first: number, pairs: number): Uint32Array {
    const table = this.#table;
    const words = new Uint32Array(pairs);
    for (let index = 0; index < pairs; index++) {
      const hash = hash32(first + index, seed);
      words[index] = (table[hash & 0xffff] ?? 0) | ((table[hash >>> 16] ?? 0) << 16);
    }
    return words;
  }

  #wide(seed: number, first: number, pairs: number): Uint32Array {
    const table = this.#table;
    const words = new Uint32Array(2 * pairs);
    for (let index = 0; index < pairs; index++) {
      const hash = hash32(first + index, seed);
      words[2 * index] = table[hash & 0xffff] ?? 0;
      words[2 * index + 1] = table[hash >>> 16] ?? 0;
    }
    return words;
  }
}

/** The finalizer of MurmurHash3 over a counter spread by the golden ratio. */
function hash32(counter: number, seed: number): number {
  let hash = Math.imul(counter, 0x9e3779b1) ^ seed;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A seed for a name: FNV-1a over its UTF-8 bytes, started from another seed. */
export function seedFor(name: string, seed: number): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

function valueTable({ dtype, scale, offset }: WeightShape): Uint32Array {
  const view = new DataView(new ArrayBuffer(4));
  return Uint32Array.from({ length: STEPS }, (_, step) => {
    const x = (2 * step - (STEPS - 1)) / STEPS;
    view.setFloat32(0, offset + scale * (x * (0.25 + 0.75 * (x * x))));
    const bits = view.getUint32(0);
    if (dtype === 'F32') return bits;
    return dtype === 'BF16' ? bfloat16(bits) : float16(bits);
  });
}

/** Rounds the bits of a finite float to bfloat16, to nearest, ties to even. */
function bfloat16(bits: number): number {
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

/** Rounds the bits of a finite float below 65504 to a half, to nearest, ties to even. */
function float16(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 127;
  const mantissa = (bits & 0x7fffff) | 0x800000;
  if (exponent < -25) return sign;
  // Below 2^-14 halves have no leading one: the mantissa moves right instead.
  const shift = exponent < -14 ? 13 + (-14 - exponent) : 13;
  const base = exponent < -14 ? 0 : (exponent + 14) << 10;
  const rest = mantissa & ((1 << shift) - 1);
  const kept = mantissa >>> shift;
  const half = 1 << (shift - 1);
  return sign | (base + kept + (rest > half || (rest === half && kept % 2 === 1) ? 1 : 0));
}
