import { readFile, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkGate, Engine, parseGate, smokeMetrics, smokeTest } from '../../src/evaluate/index.js';
import { chatPrompt } from '../../src/evaluate/smoke/chat-prompt.js';
import { compareEmbeddings, cutPassages, embeddingMetrics } from '../../src/evaluate/embeddings.js';
import { CAN_RUN, glassModels, NEEDS, type Glass } from './glass.js';

if (!CAN_RUN) process.stderr.write(`skipped: smoke generation: ${NEEDS}\n`);

describe('a chat template', () => {
  const facts = (chatTemplate: string, bos = '<s>') => ({
    chatTemplate,
    bos: new TextEncoder().encode(bos),
    addsBos: true,
  });
  const chatml =
    "{{ bos_token }}{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

  test('puts the question; the first token is not there twice', async () => {
    const text = await chatPrompt(facts(chatml), 'Hello?');
    expect(text).toBe('<|im_start|>user\nHello?<|im_end|>\n<|im_start|>assistant\n');
  });

  test('has one date', async () => {
    expect(await chatPrompt(facts("{{ strftime_now('%d %b %Y') }}"), '')).toBe('26 Jul 2024');
  });

  test('of a model without one, the question itself', async () => {
    expect(await chatPrompt(facts(''), 'Hello?')).toBe('Hello?');
  });

  test.each([
    ['that refuses', "{{ raise_exception('no system role') }}", /no system role/],
    ['that is none', '{% if %}', /.*/],
  ])('%s is an error', async (_what, template, words) => {
    await expect(chatPrompt(facts(template), 'x')).rejects.toMatchObject({
      code: 'EVALUATION_FAILED',
      details: { got: expect.stringMatching(words) as string },
    });
  });

  test('that never ends is ended', async () => {
    const stop = AbortSignal.timeout(1500);
    const endless = '{% for a in range(100000) %}{% for b in range(100000) %}{{ a }}{% endfor %}{% endfor %}';
    await expect(chatPrompt(facts(endless), 'x', stop)).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('a gate', () => {
  const result = {
    passed: false,
    prompt: '',
    output: '',
    tokens: 1,
    promptDigest: 'sha256:0',
    outputDigest: 'sha256:0',
  } as const;
  const checks = [
    { name: 'text', passed: true },
    { name: 'contains', passed: false },
  ];

  test('names the whole smoke test, or a part of it', () => {
    const metrics = smokeMetrics({ ...result, checks });
    const passed = (rules: string): unknown => checkGate(parseGate(rules), metrics).map((check) => check.passed);
    expect(passed('smoke')).toEqual([false]);
    expect(passed('smoke.text>=1,smoke.contains>=1')).toEqual([true, false]);
    expect(checkGate(parseGate('smoke'), [])[0]?.passed).toBe(false);
  });
});

describe('embeddings', () => {
  test('passages come from all over a text', () => {
    const text = Array.from({ length: 400 }, (_, index) => `Sentence number ${index} says nothing of interest.`).join(
      ' ',
    );
    const passages = cutPassages(text, 8);
    expect(passages).toHaveLength(8);
    expect(passages[0]).toContain('number 0 ');
    expect(passages[7]).toMatch(/number 3[0-9]{2} /);
  });

  test('the same embeddings agree in everything; mirrored ones do not', () => {
    const unit = (angle: number): Float32Array => Float32Array.of(Math.cos(angle), Math.sin(angle));
    const base = [0, 0.1, 0.9, 1, 2, 2.05, 3, 3.3].map(unit);
    const value = (candidate: readonly Float32Array[], name: string): number | undefined =>
      embeddingMetrics(candidate, base, { candidate: 'a', base: 'b' }).find((metric) => metric.name === name)?.value;
    expect(value(base, 'embedding.cosine')).toBeCloseTo(1, 6);
    expect(value(base, 'embedding.retrieval')).toBe(100);
    const other = [0, 2, 0.1, 3, 0.9, 2.05, 1, 3.3].map(unit);
    expect(value(other, 'embedding.cosineMin')).toBeLessThan(0.1);
    expect(value(other, 'embedding.retrieval')).toBeLessThan(50);
    expect(() => embeddingMetrics([Float32Array.of(1)], base, { candidate: 'a', base: 'b' })).toThrow(/lengths/);
  });
});

describe.skipIf(!CAN_RUN)('a real model', () => {
  let glass: Glass;
  let engine: Engine;
  beforeAll(async () => {
    glass = await glassModels(['Q8_0']);
    engine = await Engine.open({ env: process.env });
  });
  afterAll(async () => {
    await engine.close();
    await rm(glass.folder, { recursive: true, force: true });
  });
  const candidate = (): string => glass.models['Q8_0'] ?? '';

  test('answers the same twice; what it should contain is looked for', async () => {
    const asked = { candidate: candidate(), prompt: 'The ', tokens: 12, threads: 1 };
    const first = await smokeTest(engine, asked);
    expect(first).toMatchObject({ passed: true, tokens: 12 });
    const again = await smokeTest(engine, { ...asked, contains: [first.output.slice(2, 6).toUpperCase()] });
    expect(again).toMatchObject({ passed: true, outputDigest: first.outputDigest });
    expect((await smokeTest(engine, { ...asked, contains: ['zebra crossing'] })).passed).toBe(false);
    expect((await smokeTest(engine, { ...asked, ends: true })).passed).toBe(false);
  });

  test('a question that is too long is refused', async () => {
    const prompt = 'a b c '.repeat(5000);
    await expect(smokeTest(engine, { candidate: candidate(), prompt })).rejects.toMatchObject({
      code: 'EVALUATION_FAILED',
    });
  });

  test('has nearly the same embeddings as its base', async () => {
    const text = { name: 'ascii.txt', content: await readFile(glass.text, 'utf8') };
    const base = glass.models['F16'] ?? '';
    const options = { candidate: candidate(), base, text, passages: 16, context: 128, threads: 1 };
    const { metrics } = await compareEmbeddings(engine, options);
    expect(metrics.find(({ name }) => name === 'embedding.cosine')?.value).toBeGreaterThan(0.999);
    expect(metrics.find(({ name }) => name === 'embedding.retrieval')?.value).toBeGreaterThan(90);
  });
});
