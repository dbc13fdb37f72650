import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Engine, evaluateModels, type EvaluationInput, type Metric } from '../../src/evaluate/index.js';
import { CAN_MOE, CAN_RUN, glassModels, moeModels, NEEDS, onePlugin, type Glass } from './glass.js';
import { expectPrinted, GOLDEN, isOracle } from './printed.js';

const valueOf = (metrics: readonly Metric[], name: string): number => metrics.find((it) => it.name === name)!.value;

describe.skipIf(!CAN_RUN)(`measuring (${NEEDS})`, () => {
  let glass: Glass;
  let engine: Engine;
  let exact = false;
  const input = (type: string, more: Partial<EvaluationInput> = {}): EvaluationInput => ({
    candidate: glass.models[type]!,
    base: { model: glass.models['F16']! },
    text: { name: 'ascii.txt', content: text },
    context: 128,
    chunks: 32,
    threads: 1,
    ...more,
  });
  let text = '';

  beforeAll(async () => {
    glass = await glassModels(['Q8_0', 'Q4_0']);
    text = await readFile(glass.text, 'utf8');
    const folder = await onePlugin(GOLDEN.plugin);
    engine = await Engine.open({ env: folder === undefined ? process.env : { SLIPWAY_LLAMA_CPP: folder } });
    exact = isOracle(engine);
  });
  afterAll(async () => {
    await engine?.close();
    for (const folder of glass === undefined ? [] : [glass.folder]) await rm(folder, { recursive: true });
  });

  test.each(['Q8_0', 'Q4_0'])('%s against F16: what llama-perplexity prints', async (type) => {
    const { metrics, settings } = await evaluateModels(engine, input(type));
    expect(settings).toMatchObject({ contextSize: 128, chunks: 32, scored: 2016, sequences: 16, bosPerChunk: true });
    expectPrinted(metrics, GOLDEN.perplexity.glass[type]!, exact);
  });

  test('alone: perplexity, the same whatever is done in between', async () => {
    const first = await evaluateModels(engine, input('F16', { base: undefined }));
    await evaluateModels(engine, input('Q4_0', { chunks: 8 }));
    const second = await evaluateModels(engine, input('F16', { base: undefined }));
    expect(second.metrics).toEqual(first.metrics);
    if (exact) expect(valueOf(first.metrics, 'ppl').toFixed(4)).toBe('130.5973');
    expect(first.metrics).toHaveLength(1);
  });

  test('a .kld file gives what the model gives, and has the size that its layout says', async () => {
    const path = join(glass.folder, 'base.kld');
    await evaluateModels(engine, input('F16', { base: undefined, writeKld: path }));
    const bytes = await readFile(path);
    expect(bytes.toString('latin1', 0, 8)).toBe('_logits_');
    expect(bytes.length).toBe(20 + 4 * 128 * 32 + 32 * 63 * (1024 + 4) * 2);
    const [fromFile, fromModel] = [
      await evaluateModels(engine, input('Q4_0', { base: { kld: path } })),
      await evaluateModels(engine, input('Q4_0')),
    ];
    expect(fromFile.metrics).toEqual(fromModel.metrics);
    expect(await readdir(glass.folder)).not.toContain('base.kld.partial');
  });

  test('a model against itself: no divergence and numbers that are numbers', async () => {
    const { metrics } = await evaluateModels(engine, input('F16', { fullPrecision: true }));
    expect(valueOf(metrics, 'kld.mean')).toBeCloseTo(0, 9);
    expect(valueOf(metrics, 'top.same')).toBe(100);
    for (const { name, value, uncertainty = 0 } of metrics) {
      expect(Number.isFinite(value) && Number.isFinite(uncertainty), name).toBe(true);
    }
  });

  test('chunks from all over the text are other chunks', async () => {
    const first = await evaluateModels(engine, input('F16', { base: undefined, chunks: 4 }));
    const spread = await evaluateModels(engine, input('F16', { base: undefined, chunks: 4, spread: true }));
    expect(valueOf(spread.metrics, 'ppl')).not.toBe(valueOf(first.metrics, 'ppl'));
  });

  // Each of these ends llama-perplexity with exit code 0.
  test('a text that is too short is an error, with numbers', async () => {
    const short = input('Q4_0', { text: { name: 'short.txt', content: 'Call me Ishmael.' } });
    await expect(evaluateModels(engine, short)).rejects.toMatchObject({
      code: 'EVALUATION_FAILED',
      details: { where: 'short.txt', got: expect.stringMatching(/^\d+ tokens, at least 256 are needed/) },
    });
  });

  test('too few positions are an error', async () => {
    await expect(evaluateModels(engine, input('Q4_0', { chunks: 1 }))).rejects.toMatchObject({
      code: 'EVALUATION_FAILED',
    });
  });

  test.each([
    ['of another vocabulary', (file: Buffer) => file.writeInt32LE(49_152, 12), /bytes, expected/],
    ['that was cut', (file: Buffer) => file.subarray(0, file.length - 1), /bytes, expected/],
    ['with another beginning', (file: Buffer) => file.write('logits__'), /does not begin/],
    ['with an impossible context', (file: Buffer) => file.writeInt32LE(-1, 8), /-1 as its contextSize/],
  ])('a .kld file %s is refused', async (_, spoil, got) => {
    const path = join(glass.folder, 'spoilt.kld');
    await evaluateModels(engine, input('F16', { base: undefined, chunks: 2, writeKld: path }));
    const bytes = await readFile(path);
    const changed = spoil(bytes);
    await writeFile(path, Buffer.isBuffer(changed) ? changed : bytes);
    await expect(evaluateModels(engine, input('Q4_0', { base: { kld: path } }))).rejects.toMatchObject({
      code: 'EVALUATION_FAILED',
      details: { got: expect.stringMatching(got) },
    });
  });

  test('a character outside of the alphabet ends the request, not the process', async () => {
    const foreign = input('F16', { text: { name: 'foreign', content: `${text.slice(0, 2000)} 漢字` } });
    await expect(evaluateModels(engine, foreign)).rejects.toMatchObject({ code: 'MODEL_INVALID' });
    expect(engine.alive).toBe(true);
  });

  test('a file that is no model is refused by name', async () => {
    await expect(evaluateModels(engine, input('F16', { candidate: glass.text }))).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      details: { where: 'ascii.txt' },
    });
  });

  test('a process that is killed is a clear error; another one works', async () => {
    const own = await Engine.open({ env: process.env });
    const work = evaluateModels(own, input('F16', { base: undefined }), { onChunk: () => kill(own) });
    await expect(work).rejects.toMatchObject({
      code: 'WORKER_DIED',
      details: { got: expect.stringContaining('SIGKILL') },
    });
    expect(own.alive).toBe(false);
    await own.close();
    const { metrics } = await evaluateModels(engine, input('F16', { base: undefined, chunks: 2 }));
    expect(metrics).toHaveLength(1);
  });

  test('an abort ends the process at once', async () => {
    const own = await Engine.open({ env: process.env });
    const stop = new AbortController();
    const options = { signal: stop.signal, onChunk: () => stop.abort() };
    await expect(evaluateModels(own, input('Q4_0'), options)).rejects.toMatchObject({ code: 'ABORTED' });
    await own.close();
    expect(() => process.kill(own.pid!, 0)).toThrow('ESRCH');
  });

  test('memory is bounded', async () => {
    const own = await Engine.open({ env: process.env, memory: 4 * 1024 ** 2 });
    await expect(evaluateModels(own, input('F16', { base: undefined }))).rejects.toMatchObject({
      code: expect.stringMatching(/MEMORY_LIMIT|WORKER_DIED|MODEL_INVALID/),
    });
    await own.close();
  });
});

describe.skipIf(!CAN_MOE)(`a mixture of experts from a seed (${NEEDS})`, () => {
  test('Q4_0 against F16: what llama-perplexity prints', async () => {
    const { models, text, folder } = await moeModels(['Q4_0']);
    const plugin = await onePlugin(GOLDEN.plugin);
    const engine = await Engine.open({ env: plugin === undefined ? process.env : { SLIPWAY_LLAMA_CPP: plugin } });
    try {
      const { metrics } = await evaluateModels(engine, {
        candidate: models['Q4_0']!,
        base: { model: models['F16']! },
        text: { name: 'moby-dick.txt', content: await readFile(text, 'utf8') },
        context: 128,
        chunks: 16,
        threads: 1,
      });
      expectPrinted(metrics, GOLDEN.perplexity.moe['Q4_0']!, isOracle(engine));
    } finally {
      await engine.close();
      await rm(folder, { recursive: true });
    }
  });
});

function kill(engine: Engine): void {
  if (engine.pid !== undefined && engine.alive) process.kill(engine.pid, 'SIGKILL');
}
