import { describe, expect, test } from 'vitest';
import type { Child } from '../../src/evaluate/engine/child.js';
import { LlamaModel } from '../../src/evaluate/engine/model.js';
import { measureDifference } from '../../src/evaluate/measure.js';
import type { LlamaFacts } from '../../workers/llama-addon.js';

interface Decoded {
  readonly model: number;
  /** Bytes that the other model gave back just before. */
  readonly rested: number;
  readonly chunks: number;
  readonly start: number;
  readonly end: number;
  readonly sequence: number;
}

const CONTEXT = 256;
const FACTS = { vocabulary: 45_000, size: 7_000 } as LlamaFacts;

/** Compares two models that only write down what they are asked for. */
async function decodedBy(sequences: number, count: number): Promise<readonly Decoded[]> {
  const decoded: Decoded[] = [];
  let rested = 0;
  const request = (method: string, values: readonly unknown[]): Promise<unknown> => {
    const [model, ...rest] = values as readonly [number, ...unknown[]];
    if (method === 'rest') rested = rest[0] as number;
    if (method === 'decode') {
      const [tokens, , start, end, sequence] = rest as [Int32Array, number, number, number, number];
      decoded.push({ model, rested, chunks: tokens.length / CONTEXT, start, end, sequence });
      rested = 0;
    }
    // A loss that tells chunks and positions apart is enough of a difference.
    if (method !== 'compare') return Promise.resolve(undefined);
    return Promise.resolve(new Float64Array(5 * (rest[4] as number)).fill(1));
  };
  const child = { request } as unknown as Child;
  const load = (id: number, size: number): LlamaModel =>
    new LlamaModel(child, { id, name: `${id}.gguf`, facts: { ...FACTS, size }, options: { contextSize: CONTEXT } });
  const tally = await measureDifference(
    load(1, 3_000),
    { kind: 'model', model: load(0, 7_000), rounded: true },
    {
      tokens: new Int32Array(CONTEXT * count),
      total: CONTEXT * count,
      contextSize: CONTEXT,
      count,
      sequences,
      first: CONTEXT / 2,
      scored: CONTEXT / 2 - 1,
    },
  );
  expect(tally.metrics().find(({ name }) => name === 'ppl')?.value).toBeCloseTo(Math.E);
  return decoded;
}

describe('two models side by side', () => {
  test.each([
    [8, 8],
    [8, 11],
    [1, 3],
  ])('%d chunks at once, %d in all: each decodes every position of every chunk once, in order', async (at, count) => {
    const decoded = await decodedBy(at, count);
    for (const model of [0, 1]) {
      const reached: number[][] = [];
      for (const { start, end, sequence, chunks } of decoded.filter((one) => one.model === model)) {
        // A call that begins with 0 forgets all chunks that lie side by side: it has to be of all of them.
        if (start === 0) reached.push(Array.from({ length: chunks }, () => 0));
        const batch = reached.at(-1)!;
        for (let chunk = sequence; chunk < sequence + chunks; chunk += 1) {
          expect(batch[chunk]).toBe(start);
          batch[chunk] = end;
        }
      }
      expect(reached.flat()).toEqual(Array.from({ length: count }, () => CONTEXT));
    }
  });

  test('logits take little memory, in positions that attention takes together', async () => {
    const outputs = (await decodedBy(8, 8)).filter(({ end }) => end > CONTEXT / 2);
    for (const { start, end, chunks } of outputs) {
      expect((end - start) * chunks * FACTS.vocabulary * 4).toBeLessThanOrEqual(24 * 1024 ** 2);
      expect(end - start).toBe(512 / 8);
    }
  });

  test('the model that waits gives back what the smaller one takes', async () => {
    const decoded = await decodedBy(8, 8);
    expect(new Set(decoded.map(({ rested }) => rested))).toEqual(new Set([3_000]));
    expect(decoded.slice(0, 4).map(({ model }) => model)).toEqual([0, 1, 0, 1]);
  });
});
