import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TENSOR_TYPES, tensorType, type TensorType } from '../../src/gguf/index.js';
import { createLocalEncoder } from '../../src/quantize/index.js';
import { fromHalf, nearest, roundAway, toHalf } from '../../workers/twins/arithmetic.js';
import { TWINS } from '../../workers/twins/index.js';
import { COMPILED } from '../native/engines.js';
import { canonical, sha256 } from './kernel-data.js';

const js = createLocalEncoder('js');
const compiled = COMPILED.map((engine) => createLocalEncoder(engine));
const types = [...TWINS.keys()].filter((type) => type !== 'F32') as TensorType[];
const needsImportance = new Set(['IQ2_XXS', 'IQ2_XS', 'IQ1_S']);

/** Weights of many magnitudes, with runs of equal ones and both zeros. */
function weightsOf(length: number): fc.Arbitrary<Float32Array<ArrayBuffer>> {
  const small = fc.integer({ min: -4096, max: 4096 }).map((n) => n / 1024);
  const magnitude = fc.tuple(small, fc.integer({ min: -60, max: 14 })).map(([n, exponent]) => n * 2 ** exponent);
  const weight = fc.oneof({ weight: 6, arbitrary: small }, magnitude, fc.constantFrom(0, -0, 1, -1, 1e-15, 1e-40));
  const array = fc.array(weight, { minLength: length, maxLength: length, size: 'max' });
  return fc
    .tuple(array, fc.nat(length), fc.nat(length), weight)
    .map(([x, from, to, run]) => Float32Array.from(x).fill(run, from, to));
}

describe('the compiled kernels and their twins agree', () => {
  test.each(types)('%s', async (type) => {
    const { blockLength } = tensorType(type);
    const rowLength = Math.max(64, blockLength * (blockLength < 64 ? 3 : 1));
    const importance = fc.array(fc.constantFrom(0, 0.25, 1, 3, 0.001), {
      minLength: rowLength,
      maxLength: rowLength,
      size: 'max',
    });
    const property = fc.asyncProperty(
      weightsOf(2 * rowLength),
      fc.option(importance, { nil: undefined }),
      async (x, columns) => {
        const important =
          columns ?? (needsImportance.has(type) ? Array.from(x.subarray(0, rowLength), Math.abs) : undefined);
        const job = { from: 'F32', to: type, rowLength, nonFinite: 'keep', tensor: 'random' } as const;
        const extra = important === undefined ? {} : { importance: Float32Array.from(important) };
        const encode = (encoder: typeof js): Promise<Uint8Array> =>
          encoder.encode({ ...job, ...extra, input: new Uint8Array(x.slice().buffer) });
        const stored = await encode(js);
        for (const encoder of compiled) expect(sha256(await encode(encoder))).toBe(sha256(stored));
        const read = (encoder: typeof js): Promise<Uint8Array> =>
          encoder.encode({ ...job, from: type, to: 'F32', input: stored.slice() });
        const widened = sha256(canonical(await read(js)));
        for (const encoder of compiled) expect(sha256(canonical(await read(encoder)))).toBe(widened);
      },
    );
    await fc.assert(property, { numRuns: 25 });
  });

  test.each(types)('%s reads any bytes alike', async (type) => {
    const { blockLength, blockSize } = tensorType(type);
    const property = fc.asyncProperty(
      fc.uint8Array({ minLength: 2 * blockSize, maxLength: 2 * blockSize }),
      async (bytes) => {
        const read = (encoder: typeof js): Promise<Uint8Array> =>
          encoder.encode({
            from: type,
            to: 'F32',
            rowLength: 2 * blockLength,
            nonFinite: 'keep',
            tensor: 'random',
            input: bytes.slice(),
          });
        const widened = sha256(canonical(await read(js)));
        for (const encoder of compiled) expect(sha256(canonical(await read(encoder)))).toBe(widened);
      },
    );
    await fc.assert(property, { numRuns: 50 });
  });
});

test('a twin has the block of its type', () => {
  for (const { type, blockLength, blockSize } of TENSOR_TYPES) {
    const twin = TWINS.get(type);
    if (twin !== undefined) expect([type, twin.blockLength, twin.blockSize]).toEqual([type, blockLength, blockSize]);
  }
});

describe('the arithmetic of the reference', () => {
  // No weights that a search meets leave the range, so only a test of the rounding alone can show the wrap-around.
  test.each([
    [0.5, 0],
    [1.5, 2],
    [2.5, 2],
    [-0.5, 0],
    [-1.5, -2],
    [4_194_303, 4_194_303],
    [4_194_304, -4_194_304],
    [8_388_608, -2_097_152],
    [Infinity, -4_194_304],
    [-Infinity, -4_194_304],
    [Number.NaN, 0],
  ])('the nearest integer of %f is %i', (value, expected) => {
    expect(nearest(value) + 0).toBe(expected);
  });

  test.each([
    [0.5, 1],
    [-0.5, -1],
    [0.499_999_970_197_677_6, 0],
    [2.5, 3],
    [-126.5, -127],
  ])('%f rounds away from zero to %i', (value, expected) => {
    expect(roundAway(value) + 0).toBe(expected);
  });

  test('every half survives being widened and narrowed', () => {
    for (let half = 0; half < 0x10000; half++) {
      const isNaN = (half & 0x7fff) > 0x7c00;
      expect(toHalf(fromHalf(half))).toBe(isNaN ? (half & 0x8000) | 0x7e00 : half);
    }
  });

  test.each([
    [65_519.996, 0x7bff],
    [65_520, 0x7c00],
    [2 ** -25, 0],
    [2 ** -25 * 1.000_000_1, 1],
    [2 ** -24 * 1.5, 2],
    [2 ** -24 * 2.5, 2],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [-0, 0x8000],
  ])('%f is the half %i', (value, expected) => {
    expect(toHalf(Math.fround(value))).toBe(expected);
  });
});
