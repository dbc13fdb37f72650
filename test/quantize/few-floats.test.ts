import { expect, test } from 'vitest';
import type { EncodeJob } from '../../src/quantize/encoder.js';
import { widenFew } from '../../src/quantize/few-floats.js';
import { createLocalEncoder } from '../../src/quantize/pool-local.js';

const job = (from: 'F16' | 'BF16' | 'F32', words: readonly number[], to: EncodeJob['to'] = 'F32'): EncodeJob => ({
  from,
  to,
  input: new Uint8Array(new Uint16Array(words).buffer),
  rowLength: words.length,
  tensor: 'norm',
  nonFinite: 'keep',
});
/** Zeros, units, the least and the greatest numbers, of both signs. */
const WORDS = [0, 0x8000, 0x3c00, 0xbc00, 1, 0x8001, 0x7bff, 0xfbff, 0x3f80, 0x7f7f, 0xff7f, 0x03ff];

test.each(['F16', 'BF16'] as const)('a few weights of %s are widened as the kernels widen them', async (type) => {
  const infinite = type === 'F16' ? 0x7c00 : 0x7f80;
  // oxlint-disable-next-line no-bitwise -- the bits of a float
  const words = WORDS.filter((word) => (word & infinite) !== infinite);
  const kernels = createLocalEncoder('wasm');
  const expected = await kernels.encode(job(type, words));
  expect(Buffer.from(widenFew(job(type, words)) ?? []).toString('hex')).toBe(Buffer.from(expected).toString('hex'));
});

test('what is not finite, long, or of another type is left to the threads', () => {
  expect(widenFew(job('BF16', [0x7fc0]))).toBeUndefined();
  expect(widenFew(job('BF16', [0x7f80]))).toBeUndefined();
  expect(widenFew(job('F16', [0xfc00]))).toBeUndefined();
  expect(widenFew(job('BF16', [0], 'F16'))).toBeUndefined();
  expect(widenFew(job('F32', [0, 0]))).toBeUndefined();
  expect(
    widenFew(
      job(
        'BF16',
        Array.from({ length: 16 * 1024 + 1 }, () => 0),
      ),
    ),
  ).toBeUndefined();
});
