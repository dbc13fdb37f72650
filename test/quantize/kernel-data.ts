import { createHash } from 'node:crypto';

// Test weights from integer PRNG bits, the same in test/oracle/kernels_data.py.

export const ROW_LENGTH = 2048;
export const ROWS = 128;
export const FIRST_ROWS = 4;
const N = ROWS * ROW_LENGTH;

/** n hashes of 32 bits (the finalizer of MurmurHash3 over a counter). */
export function noise(seed: number, n: number): Uint32Array<ArrayBuffer> {
  const start = Math.imul(seed, 0x9e3779b9);
  return Uint32Array.from({ length: n }, (_, i) => {
    let x = (start + i) | 0;
    x ^= x >>> 16;
    x = Math.imul(x, 0x85ebca6b);
    x ^= x >>> 13;
    x = Math.imul(x, 0xc2b2ae35);
    return x ^ (x >>> 16);
  });
}

function asFloats(n: number, bits: (i: number) => number): Float32Array<ArrayBuffer> {
  return new Float32Array(Uint32Array.from({ length: n }, (_, i) => bits(i)).buffer);
}

/** Sums of four uniform numbers, one weight in 97 sixteen times as large. */
export function normal(seed: number, n: number): Float32Array<ArrayBuffer> {
  const [a, b, c] = [noise(seed, n), noise(seed + 1, n), noise(seed + 2, n)];
  return Float32Array.from({ length: n }, (_, i) => {
    const total = (a[i]! & 0xffff) + (a[i]! >>> 16) + (b[i]! & 0xffff) + (b[i]! >>> 16) - 131_070;
    return (c[i]! % 97 === 0 ? total * 16 : total) * 2 ** -20;
  });
}

function magnitudes(seed: number, n: number): Float32Array<ArrayBuffer> {
  const [a, b] = [noise(seed, n), noise(seed + 1, n)];
  return asFloats(n, (i) => (a[i]! & 0x807fffff) | ((87 + (b[i]! % 56)) << 23));
}

/** Blocks of 256 of one kind each, then blocks that mix the kinds every 16 weights. */
function edges(seed: number, n: number): Float32Array<ArrayBuffer> {
  const hashes = noise(seed, n);
  return asFloats(n, (i) => {
    const h = hashes[i]!;
    const kind = (i < n / 2 ? Math.floor(i / 256) : Math.floor(i / 16) * 7) % 16;
    return edge(kind, h, i % 256 === hashes[0]! % 256);
  });
}

function edge(kind: number, h: number, first: boolean): number {
  const sign = h << 31;
  const jitter = (h >>> 8) & 0x7f;
  const kinds = [
    0, // zeros
    sign, // +0 and -0
    0x3f4ccccd, // one constant
    0xbf4ccccd,
    0x3f800000 | jitter, // a constant with a little noise
    first ? 0x42c80000 : 0, // one outlier among zeros
    first ? 0xc2c80000 : sign | 0x3a83126f, // one outlier among small weights
    sign | (h >>> 9), // denormal
    sign | (h >>> 28), // the smallest denormals
    sign | 0x7f7fffff, // the largest finite number, either sign
    0x3f000000 | (h >>> 9), // positive only
    0xbf000000 | (h >>> 9), // negative only
    (sign | 0x26901d7d) + jitter * 0x8000, // around 1e-15
    sign | (0x47000000 + (h >>> 8)), // scales at the end of half precision
    sign | (0x33000000 + (h >>> 8)), // scales that are denormal in half precision
    h % 3 === 0 ? sign | 0x3f800000 : sign, // signs and zeros
  ];
  return kinds[kind]!;
}

/** A data set of 128 rows of 2048 weights by its name in the golden file. */
export function dataset(name: string): Float32Array<ArrayBuffer> {
  switch (name) {
    case 'normal':
      return normal(1, N);
    case 'uniform':
      return Float32Array.from(noise(11, N), (h) => ((h >>> 8) - 2 ** 23) * 2 ** -26);
    case 'bf16': {
      const x = normal(21, N);
      return asFloats(N, (i) => new Uint32Array(x.buffer)[i]! & 0xffff0000);
    }
    case 'sparse': {
      const [kept, x] = [noise(31, N), normal(32, N)];
      return x.map((weight, i) => (kept[i]! % 4 === 0 ? weight : 0));
    }
    case 'magnitudes':
      return magnitudes(41, N);
    case 'ties':
      return Float32Array.from(noise(51, N), (h) => ((h % 33) - 16) * 0.5);
    case 'edges':
      return edges(61, N);
    case 'patterns':
      return new Float32Array(noise(71, N).buffer);
    default:
      throw new Error(`no data set is called ${name}`);
  }
}

/** One number a column, none of them negative, one in 20 zero. */
export function importance(): Float32Array<ArrayBuffer> {
  return Float32Array.from(noise(81, ROW_LENGTH), (h) => (h % 20 === 0 ? 0 : ((h & 0xffff) + 1) * 2 ** -12));
}

export function sha256(...parts: ArrayBufferView[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  return hash.digest('hex');
}

/** Floats with every NaN made the same: its sign and payload are the processor's own affair. */
export function canonical(bytes: Uint8Array): Uint8Array {
  const bits = new Uint32Array(bytes.slice().buffer);
  return new Uint8Array(bits.map((word) => ((word & 0x7fffffff) > 0x7f800000 ? 0x7fc00000 : word)).buffer);
}
