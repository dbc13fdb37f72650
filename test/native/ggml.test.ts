import { afterAll, describe, expect, test } from 'vitest';
import {
  createEncoderPool,
  createLocalEncoder,
  prepareGgml,
  type EncodeJob,
  type RowEncoder,
} from '../../src/quantize/index.js';
import { importance, normal, ROW_LENGTH, sha256 } from '../quantize/kernel-data.js';
import { CONDITION, IS_BUILT, LIBRARY } from './installed.js';

const env = { SLIPWAY_LLAMA_CPP: LIBRARY };
const weights = normal(91, 8 * ROW_LENGTH);
const columns = importance();
// The first block of IQ1_S, IQ2_XS or IQ2_S takes seconds: ggml makes tables.
const TYPES = [
  ...(['Q4_0', 'Q4_1', 'Q5_0', 'Q5_1', 'Q8_0', 'Q2_K', 'Q3_K', 'Q4_K', 'Q5_K', 'Q6_K'] as const),
  ...(['IQ1_S', 'IQ1_M', 'IQ2_XXS', 'IQ2_XS', 'IQ2_S', 'IQ3_XXS', 'IQ3_S', 'IQ4_NL', 'IQ4_XS'] as const),
  ...(['TQ1_0', 'TQ2_0', 'MXFP4', 'NVFP4', 'Q1_0', 'Q2_0'] as const),
];
const DEMANDING: readonly string[] = ['IQ1_S', 'IQ2_XXS', 'IQ2_XS'];

function job(changes: Partial<EncodeJob> = {}): EncodeJob {
  const input = new Uint8Array(weights.slice().buffer);
  return { from: 'F32', to: 'Q4_K', input, rowLength: ROW_LENGTH, tensor: 'blk.0.ffn_up.weight', ...changes };
}

describe.skipIf(LIBRARY === undefined || !IS_BUILT)(`kernel native (${CONDITION})`, () => {
  const wasm = createLocalEncoder('wasm');
  const pool = createEncoderPool({ threads: 1, engine: 'llama.cpp', env });
  afterAll(() => pool.close());

  const digest = async (encoder: RowEncoder, changes: Partial<EncodeJob>): Promise<string> =>
    sha256(await encoder.encode(job(changes)));

  test('tells what it found', async () => {
    expect(await prepareGgml(env)).toMatchObject({ version: expect.stringMatching(/^0\.25\.[13]$/) });
  });

  test.each(TYPES)('%s: the bytes of WebAssembly, with importance and without', async (to) => {
    expect(await digest(pool, { to, importance: columns })).toBe(await digest(wasm, { to, importance: columns }));
    if (DEMANDING.includes(to))
      await expect(pool.encode(job({ to }))).rejects.toMatchObject({ code: 'IMATRIX_REQUIRED' });
    else expect(await digest(pool, { to })).toBe(await digest(wasm, { to }));
  });

  test.each(TYPES)('%s widened by ggml is what WebAssembly widens', async (from) => {
    const stored = await wasm.encode(job({ to: from, importance: columns }));
    const given = (): Partial<EncodeJob> => ({ from, to: 'Q8_0', input: stored.slice() });
    expect(await digest(pool, given())).toBe(await digest(wasm, given()));
  });

  test('rows in lent memory', async () => {
    for (const from of ['F32', 'BF16', 'Q4_0', 'Q6_K'] as const) {
      const bytes = new Uint8Array(weights.slice().buffer);
      const stored = from === 'F32' ? bytes : (await wasm.encode(job({ to: from }))).slice();
      const lent = pool.lendRows?.(stored.length) as Uint8Array;
      lent.set(stored);
      const given = (input: Uint8Array): Partial<EncodeJob> => ({ from, to: 'Q5_K', input });
      expect(await digest(pool, given(lent)), from).toBe(await digest(wasm, given(stored)));
    }
  });

  test.each(['F16', 'BF16'] as const)('rows stored as %s', async (from) => {
    const stored = await wasm.encode(job({ to: from }));
    const given = (): Partial<EncodeJob> => ({ from, to: 'Q6_K', input: stored.slice() });
    expect(await digest(pool, given())).toBe(await digest(wasm, given()));
    expect(await digest(pool, { to: from })).toBe(sha256(stored));
  });

  test.each([
    ['NaN', 'Q4_K', Number.NaN, 700],
    ['infinity', 'IQ3_S', Infinity, 700],
    ['an overflowing scale', 'Q4_K', 3e38, 512],
    ['a weight over which ggml ends the process', 'IQ3_S', 3e38, 512],
  ] as const)('%s is refused, with its place', async (_, to, weight, column) => {
    const rows = weights.slice().fill(weight, 3 * ROW_LENGTH + 700, 3 * ROW_LENGTH + 701);
    if (column === 512) rows.fill(weight, 3 * ROW_LENGTH + 512, 3 * ROW_LENGTH + 768);
    const input = new Uint8Array(rows.buffer);
    const refusal = { code: 'NON_FINITE', details: { context: { row: 3, column } } };
    await expect(pool.encode(job({ to, input }))).rejects.toMatchObject(refusal);
    expect(await digest(pool, {})).toBe(await digest(wasm, {}));
  });

  test('an abort ends a job, and the next one works', async () => {
    const controller = new AbortController();
    const jobs = Promise.allSettled(Array.from({ length: 8 }, () => pool.encode(job(), controller.signal)));
    controller.abort();
    for (const outcome of await jobs) expect(outcome).toMatchObject({ reason: { code: 'ABORTED' } });
    expect(await digest(pool, {})).toBe(await digest(wasm, {}));
  });

  test('threads come and go: their tables are shared and stay whole', async () => {
    const expected = await digest(wasm, { to: 'IQ3_XXS' });
    for (let turn = 0; turn < 3; turn++) {
      const open = createEncoderPool({ threads: 2, engine: 'llama.cpp', env });
      const digests = await Promise.all(Array.from({ length: 4 }, () => digest(open, { to: 'IQ3_XXS' })));
      await open.close();
      expect(digests).toEqual([expected, expected, expected, expected]);
      await expect(open.encode(job())).rejects.toMatchObject({ code: 'ABORTED' });
    }
  });

  test('on the calling thread', async () => {
    const local = createLocalEncoder('llama.cpp', env);
    expect(await digest(local, {})).toBe(await digest(wasm, {}));
  });
});
