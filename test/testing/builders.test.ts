import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf, readRange, readWhole } from '../../src/files/index.js';
import { buildLlama, buildSafetensors, buildSentencePiece } from '../../src/testing/index.js';
import { BUILT_LLAMAS } from './built-llamas.js';

interface Golden {
  readonly safetensors: Readonly<Record<string, string>>;
  readonly 'tokenizer.model': string;
}
const golden = JSON.parse(
  readFileSync(new URL('../fixtures/golden/built-llama.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Golden>>;

describe('a built Llama', () => {
  test.each(Object.entries(BUILT_LLAMAS))(
    '%s has the bytes that the oracle made from its seed',
    async (name, options) => {
      const files = buildLlama(options);
      const digests = new Map<string, string>();
      for (const file of files) digests.set(file.path, (await digestOf(file.read())).digest);
      for (const [path, digest] of Object.entries(golden[name]!.safetensors))
        expect(digests.get(path), path).toBe(digest);
      expect(digests.get('tokenizer.model')).toBe(golden[name]!['tokenizer.model']);
    },
  );

  test('lists every tensor in one shard, and the index says where', async () => {
    const files = buildLlama({ shards: 4, layers: 5 });
    const index = files.find(({ path }) => path.endsWith('index.json'))!;
    const map = JSON.parse(new TextDecoder().decode(await readWhole(index, 1e6))) as {
      weight_map: Record<string, string>;
    };
    const shards = files.filter(({ path }) => path.endsWith('.safetensors')).map(({ path }) => path);
    expect(shards).toHaveLength(4);
    expect(new Set(Object.values(map.weight_map))).toEqual(new Set(shards));
  });

  test.each([{ hidden: 100, heads: 3 }, { heads: 4, kvHeads: 3 }, { vocab: 10 }])('%j is refused', (options) => {
    expect(() => buildLlama(options)).toThrow(RangeError);
  });
});

describe('a file that does not exist', () => {
  const tensors = [
    { name: 'a', shape: [3, 5], dtype: 'BF16' as const },
    { name: 'b', shape: [200_001], dtype: 'F32' as const },
    { name: 'c', shape: [], dtype: 'F16' as const },
  ];

  test('gives the same bytes at any offset', async () => {
    const file = buildSafetensors('m.safetensors', tensors);
    const whole = await readWhole(file, 1e7);
    const offset = fc.oneof(fc.nat(file.size), fc.nat(300));
    await fc.assert(
      fc.asyncProperty(offset, offset, async (a, b) => {
        const range = { start: Math.min(a, b), end: Math.max(a, b) };
        expect(Buffer.from(await readRange(file, range)).equals(whole.subarray(range.start, range.end))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('may be larger than any disk', async () => {
    const file = buildSafetensors('huge.safetensors', [{ name: 'w', shape: [1_000_000, 500_000], dtype: 'BF16' }]);
    expect(file.size).toBeGreaterThan(1e12);
    const last = await readRange(file, { start: file.size - 1_000_000, end: file.size });
    const values = new Uint16Array(last.buffer);
    // Finite, not all alike, both signs.
    expect(values.every((bits) => (bits & 0x7f80) !== 0x7f80)).toBe(true);
    expect(new Set(values).size).toBeGreaterThan(1000);
    expect(values.filter((bits) => bits > 0x7fff).length / values.length).toBeCloseTo(0.5, 1);
  });
});

test('a vocabulary has exactly as many pieces as asked for, all different', async () => {
  const text = new TextDecoder('latin1').decode(await readWhole(buildSentencePiece(40_000), 1e7));
  // Every piece is a message of field 1 that begins with its text, field 1 too.
  expect(text.length).toBeGreaterThan(40_000 * 10);
  expect(() => buildSentencePiece(353)).toThrow(RangeError);
});
