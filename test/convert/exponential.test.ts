import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { singleExp } from '../../src/convert/expressions/single-exp.js';
import { bits } from './recipe.js';

const golden = JSON.parse(
  readFileSync(new URL('../fixtures/golden/exponential.json', import.meta.url), 'utf8'),
) as Record<string, { readonly count: number; readonly notNearest: number; readonly sha256: string }>;

test.each(Object.entries(golden))(
  'has the bits of torch for numbers with %s bits behind the point',
  (fraction, { count, notNearest, sha256 }) => {
    const values = Float32Array.from(
      bits(`exp ${fraction}`, count),
      (word) => ((word >>> 8) - 2 ** 23) / 2 ** Number(fraction),
    );
    const found = values.map(singleExp);
    expect(createHash('sha256').update(new Uint8Array(found.buffer)).digest('hex')).toBe(sha256);
    expect(found.filter((value, index) => value !== Math.fround(Math.exp(values[index] ?? 0))).length).toBe(notNearest);
  },
);

test.each([
  [0, 1],
  [-0, 1],
  [Infinity, Infinity],
  [-Infinity, 0],
  [Number.NaN, Number.NaN],
  [1e-45, 1],
  [88.72284, Infinity],
  [-103.97, 1.401298464324817e-45],
  [-104, 0],
])('exp(%s) is %s', (value, expected) => {
  expect(singleExp(value)).toBe(expected);
});
