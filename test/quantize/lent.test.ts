import { afterAll, describe, expect, test } from 'vitest';
import type { GgufTensor, TensorType } from '../../src/gguf/index.js';
import { rowSize } from '../../src/gguf/index.js';
import { createEncoderPool, createLocalEncoder, encodeTensor } from '../../src/quantize/index.js';

const pool = createEncoderPool({ threads: 2 });
afterAll(() => pool.close());

const ROW = 4096;
const ROWS = 700;

/** Weights of all magnitudes without NaN, by a linear congruential generator. */
function weights(type: 'F32' | 'BF16'): Uint8Array {
  const words = new Uint16Array((ROW * ROWS * (type === 'F32' ? 4 : 2)) / 2);
  let state = 7;
  for (let index = 0; index < words.length; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    // Exponents from 2^-31 to 1.
    words[index] = ((state >>> 16) & 0x80ff) | (((96 + ((state >>> 8) & 31)) << 7) & 0x7f80);
  }
  return new Uint8Array(words.buffer);
}

function tensor(type: 'F32' | 'BF16'): GgufTensor {
  const bytes = weights(type);
  return {
    name: 'weights',
    dimensions: [ROW, ROWS],
    type,
    async *read(range, _signal, hints) {
      const { start, end } = range ?? { start: 0, end: bytes.byteLength };
      const one = new Uint8Array(100_000);
      for (let at = start; at < end; at += one.byteLength) {
        const chunk = bytes.subarray(at, Math.min(end, at + one.byteLength));
        if (hints?.lend !== true) yield chunk.slice();
        else {
          // One memory for all chunks: whoever keeps one sees another.
          one.set(chunk);
          yield one.subarray(0, chunk.byteLength);
        }
      }
    },
  };
}

async function collect(read: AsyncIterable<Uint8Array>, size: number): Promise<Uint8Array> {
  const all = new Uint8Array(size);
  let at = 0;
  for await (const chunk of read) {
    all.set(chunk, at);
    at += chunk.byteLength;
    // Its memory is somebody else's as soon as the next one is asked for; nothing may depend on what is in it.
    chunk.fill(0xee);
  }
  expect(at).toBe(size);
  return all;
}

const CASES: [from: 'F32' | 'BF16', to: TensorType][] = [
  ['BF16', 'F16'],
  ['BF16', 'Q8_0'],
  ['BF16', 'F32'],
  ['BF16', 'Q4_K'],
  ['F32', 'BF16'],
  ['F32', 'F16'],
  ['F32', 'Q8_0'],
  ['F32', 'Q4_0'],
  ['F32', 'Q6_K'],
];

describe('memory that is lent', () => {
  test.each(CASES)('%s as %s: the same bytes as those that belong to the reader', async (from, to) => {
    const size = rowSize(to, ROW) * ROWS;
    const local = encodeTensor(tensor(from), to, { encoder: createLocalEncoder() });
    const expected = await collect(local.read(), size);
    const pooled = encodeTensor(tensor(from), to, { encoder: pool });
    expect(Buffer.compare(await collect(pooled.read(), size), expected)).toBe(0);
    expect(Buffer.compare(await collect(pooled.read(undefined, undefined, { lend: true }), size), expected)).toBe(0);
    const range = { start: Math.floor(size / 3) + 1, end: size - 5 };
    const part = await collect(pooled.read(range, undefined, { lend: true }), range.end - range.start);
    expect(Buffer.compare(part, expected.subarray(range.start, range.end))).toBe(0);
  });
});
