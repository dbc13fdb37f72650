import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  collectImportance,
  Engine,
  importanceFile,
  importanceStatistics,
  legacyImportance,
  mergeImportance,
  readImportance,
  type CollectOptions,
  type ImportanceSums,
} from '../../src/evaluate/index.js';
import { memoryFile, readWhole } from '../../src/files/index.js';
import { readImatrix } from '../../src/quantize/index.js';
import { CAN_MOE, CAN_RUN, glassModels, moeModels, NEEDS, onePlugin, type Glass } from './glass.js';
import { GOLDEN, isOracle } from './printed.js';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const bytesOf = async (sums: ImportanceSums): Promise<Uint8Array> =>
  readWhole(importanceFile('imatrix.gguf', sums), 1024 ** 2);

describe.skipIf(!CAN_RUN)(`importance matrices (${NEEDS})`, () => {
  let glass: Glass;
  let engine: Engine;
  let exact = false;
  let content = '';
  const collect = async (more: Partial<CollectOptions> = {}) =>
    collectImportance(engine, {
      model: glass.models['F16']!,
      text: { name: 'ascii.txt', content },
      context: 128,
      chunks: 32,
      threads: 1,
      ...more,
    });

  beforeAll(async () => {
    glass = await glassModels([]);
    content = await readFile(glass.text, 'utf8');
    const folder = await onePlugin(GOLDEN.plugin);
    engine = await Engine.open({ env: folder === undefined ? process.env : { SLIPWAY_LLAMA_CPP: folder } });
    exact = isOracle(engine);
  });
  afterAll(async () => {
    await engine?.close();
    for (const folder of glass === undefined ? [] : [glass.folder]) await rm(folder, { recursive: true });
  });

  test("the files of llama-imatrix, byte for byte, and its statistics' digits", async () => {
    const { sums, unused } = await collect();
    expect(unused).toEqual([]);
    expect(sums.entries.size).toBe(28);
    if (!exact) return;
    expect(sha256(await bytesOf(sums))).toBe(GOLDEN.imatrix['glass.gguf']);
    expect(sha256(legacyImportance(sums))).toBe(GOLDEN.imatrix['glass.dat']);
    const rows = importanceStatistics(sums);
    const printed = rows.map((row) => [
      String(row.layer),
      row.kind,
      row.total.toFixed(2),
      row.min.toFixed(4),
      row.max.toFixed(4),
      row.mean.toFixed(2),
      row.deviation.toFixed(2),
      `${row.active.toFixed(2)}%`,
      String(row.elements),
      row.entropy.toFixed(4),
      `${row.entropyShare.toFixed(2)}%`,
      `${row.distinct.toFixed(2)}%`,
      row.cosine.toFixed(4),
    ]);
    // C rounds 15.625 to 15.62, JavaScript to 15.63.
    const halves = (row: readonly string[]): readonly string[] => row.map((it) => it.replace(/^15\.63%$/, '15.62%'));
    expect(printed.map(halves)).toEqual(GOLDEN.statistics.map(halves));
  });

  test('going on from kept sums gives the same bytes as one run', async () => {
    const whole = await bytesOf((await collect()).sums);
    let kept: { sums: ImportanceSums; done: number } | undefined;
    await collect({ onSums: async (sums, done) => void (kept ??= { sums, done }) });
    expect(kept?.done).toBe(16);
    const { sums } = await collect({ from: [kept!.sums], done: kept!.done });
    expect(sha256(await bytesOf(sums))).toBe(sha256(whole));
  });

  test('two halves, merged, hold the rows of both and can be read for quantizing', async () => {
    const [one, other] = [(await collect({ chunks: 16 })).sums, (await collect({ chunks: 16, skip: 16 })).sums];
    const merged = mergeImportance([one, other], 128);
    const file = memoryFile('imatrix.gguf', await bytesOf(merged));
    const back = await readImportance(file, undefined);
    expect(back.datasets).toEqual(['ascii.txt', 'ascii.txt']);
    const whole = (await collect()).sums.entries.get('blk.0.attn_k.weight')!;
    const entry = back.entries.get('blk.0.attn_k.weight')!;
    expect(entry.counts[0]).toBe(whole.counts[0]);
    for (const [index, value] of whole.values.entries()) expect(entry.values[index]! / value).toBeCloseTo(1, 3);
    expect((await readImatrix(file)).chunks).toBe(32);
  });

  test('the older form is read as llama-imatrix reads it', async () => {
    const { sums } = await collect({ chunks: 4 });
    const back = await readImportance(memoryFile('imatrix.dat', legacyImportance(sums)), 128);
    expect(back.datasets).toEqual(['ascii.txt']);
    const [entry, own] = [back, sums].map(({ entries }) => entries.get('blk.1.ffn_up.weight')!);
    expect([...entry!.counts]).toEqual([...own!.counts]);
    for (const [index, value] of own!.values.entries()) expect(entry!.values[index]! / value).toBeCloseTo(1, 5);
  });

  test('a text that is too short makes no matrix', async () => {
    await expect(collect({ text: { name: 't', content: 'Call me Ishmael.' } })).rejects.toMatchObject({
      code: 'EVALUATION_FAILED',
    });
  });
});

describe.skipIf(!CAN_MOE)(`of a mixture of experts from a seed (${NEEDS})`, () => {
  test('the file of llama-imatrix, byte for byte: sums and counts of every expert', async () => {
    const { models, text, folder } = await moeModels([]);
    const plugin = await onePlugin(GOLDEN.plugin);
    const engine = await Engine.open({ env: plugin === undefined ? process.env : { SLIPWAY_LLAMA_CPP: plugin } });
    try {
      const { sums } = await collectImportance(engine, {
        model: models['F16']!,
        text: { name: 'moby-dick.txt', content: await readFile(text, 'utf8') },
        context: 128,
        chunks: 16,
        threads: 1,
      });
      const experts = sums.entries.get('blk.0.ffn_down_exps.weight')!;
      expect([...experts.counts].reduce((sum, count) => sum + count, 0)).toBe(2 * 16 * 128);
      expect(experts.values).toHaveLength(4 * 256);
      if (isOracle(engine)) expect(sha256(await bytesOf(sums))).toBe(GOLDEN.imatrix['moe.gguf']);
    } finally {
      await engine.close();
      await rm(folder, { recursive: true });
    }
  });
});

describe('files that are none', () => {
  test.each([
    ['an empty one', new Uint8Array()],
    ['text', new TextEncoder().encode('not an importance matrix at all')],
    ['an older one that ends early', Uint8Array.of(1, 0, 0, 0, 5, 0, 0, 0, 97)],
  ])('%s', async (_, bytes) => {
    await expect(readImportance(memoryFile('x', bytes), undefined)).rejects.toMatchObject({ code: 'IMATRIX_INVALID' });
  });
});
