import { describe, expect, test } from 'vitest';
import type { TensorType } from '../../src/gguf/index.js';
import { createLocalEncoder } from '../../src/quantize/index.js';
import { floorLog2 } from '../../workers/twins/four-bit-float.js';
import { COMPILED } from '../native/engines.js';
import { gridOf } from '../../workers/twins/grid.js';

const encoders = [...COMPILED, 'js' as const].map((engine) => [engine, createLocalEncoder(engine)] as const);

const GRID_TYPES: readonly TensorType[] = ['IQ3_XXS', 'IQ3_S', 'IQ2_XXS', 'IQ2_XS', 'IQ2_S', 'IQ1_S', 'IQ1_M'];
const ones = new Float32Array(256).fill(1);

describe.each(encoders)('weights whose errors overflow (%s)', (_, encoder) => {
  const x = Float32Array.from({ length: 256 }, (_, i) => ((i * 37) % 101) * 2 ** 90 * (i % 3 === 0 ? -1 : 1));
  const encode = (to: TensorType): Promise<Uint8Array> =>
    encoder.encode({
      from: 'F32',
      to,
      input: new Uint8Array(x.slice().buffer),
      rowLength: 256,
      importance: ones,
      tensor: 'huge',
    });
  // ggml aborts the whole process here: GGML_ASSERT(grid_index >= 0).
  test.each(['IQ3_XXS', 'IQ3_S', 'IQ2_XS', 'IQ2_S'] as const)('%s refuses them', async (type) => {
    await expect(encode(type)).rejects.toMatchObject({ code: 'NON_FINITE' });
  });
  test.each(['IQ2_XXS', 'IQ1_S', 'IQ1_M'] as const)('%s stores zeros, as ggml does', async (type) => {
    expect((await encode(type)).every((byte) => byte === 0)).toBe(true);
  });
});

describe.each(encoders)('what one kernel call leaves in memory does not reach the next one (%s)', (_, encoder) => {
  test.each(GRID_TYPES)('%s', async (type) => {
    const x = Float32Array.from({ length: 512 }, (_, i) => Math.fround(((i * 7919) % 257) - 128) / 64);
    const encode = (to: TensorType): Promise<Uint8Array> =>
      encoder.encode({
        from: 'F32',
        to,
        input: new Uint8Array(x.slice().buffer),
        rowLength: 256,
        importance: ones,
        tensor: 'x',
      });
    const alone = await encode(type);
    for (const other of GRID_TYPES) await encode(other);
    expect(await encode(type)).toEqual(alone);
  });
});

// glibc's log2f, measured: how many numbers just below 2^exponent have a logarithm that rounds up to it.
test.each([
  [-126, 44],
  [-125, 44],
  [-64, 44],
  [-63, 22],
  [-8, 5],
  [-4, 2],
  [-3, 1],
  [-1, 0],
  [0, 0],
  [2, 0],
  [3, 1],
  [5, 2],
  [16, 5],
  [17, 11],
  [64, 22],
  [65, 44],
  [127, 44],
])('the logarithm rounds up to %i for %i numbers below', (exponent, count) => {
  const below = (n: number): number => 2 ** exponent * (1 - n * 2 ** -24);
  expect(floorLog2(2 ** exponent)).toBe(exponent);
  for (let n = 1; n <= 50; n++) expect([n, floorLog2(below(n))]).toEqual([n, n <= count ? exponent : exponent - 1]);
});
test.each([
  [-149, 0],
  [-131, 1],
  [-130, 2],
  [-129, 5],
  [-128, 11],
  [-127, 11],
])('for denormals below 2^%i it rounds up for %i', (exponent, count) => {
  const below = (n: number): number => 2 ** exponent - n * 2 ** -149;
  for (let n = 1; n <= 20 && below(n) > 0; n++) expect([n, floorLog2(below(n)) === exponent]).toEqual([n, n <= count]);
});

describe('a grid', () => {
  test.each([
    ['iq1', 327_721],
    ['iq2_xxs', 113_157],
    ['iq2_xs', 181_721],
    ['iq2_s', 44_716],
    ['iq3_xxs', 18_985],
    ['iq3_s', 24_733],
  ] as const)('%s has as many neighbours as ggml lists', (name, expected) => {
    const { width, levels, lookUp } = gridOf(name);
    let total = 0;
    for (let key = 0; key < levels ** width; key++) {
      const found = lookUp(Array.from({ length: width }, (_, i) => Math.floor(key / levels ** i) % levels));
      if (typeof found !== 'number') total += found.length;
    }
    expect(total).toBe(expected);
  });
});

test('MXFP4: halfway between two numbers, and a step beside it, at every exponent', async () => {
  const halfway = [0.25, 0.75, 1.25, 1.75, 2.5, 3.5, 5, 0, 0.5, 1, 1.5, 2, 3, 4, 6, 7.999];
  const exponents = Array.from({ length: 270 }, (_, i) => i - 147);
  const x = new Float32Array(exponents.length * 128);
  const bits = new Uint32Array(x.buffer);
  exponents.forEach((exponent, block) => {
    for (let i = 0; i < 128; i++) {
      const at = block * 128 + i;
      x[at] = (halfway[i % 16] as number) * 2 ** exponent * (i % 5 === 0 ? -1 : 1);
      // The block's largest weight stays as it is, so that it decides the scale.
      if (i % 16 < 14 && x[at] !== 0) bits[at] = (bits[at] as number) + ((i >> 4) % 3) - 1;
      if (!Number.isFinite(x[at])) x[at] = 0;
    }
  });
  const [js, ...compiled] = await Promise.all(
    encoders.toReversed().map(([, encoder]) => {
      const job = { from: 'F32', to: 'MXFP4', rowLength: 128, nonFinite: 'keep', tensor: 't' } as const;
      return encoder.encode({ ...job, input: new Uint8Array(x.slice().buffer) });
    }),
  );
  for (const bytes of compiled) expect(bytes).toEqual(js);
});
