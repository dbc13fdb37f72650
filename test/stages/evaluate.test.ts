import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { FileTypeWord } from '../../src/quantize/index.js';
import { pipeline } from '../../src/core/index.js';
import { convert, download, evaluate, pack, push, type PushedArtifact } from '../../src/stages/index.js';
import { asciiText } from '../evaluate/glass.js';
import { ADDON, LIBRARY } from '../native/installed.js';
import { hubAndRegistry, MODEL } from '../support/hub-and-registry.js';
import { glassllmRepository } from '../support/glassllm.js';
import { inputFolder } from '../support/inputs.js';

const weights = inputFolder('glassllm/glassllm/weights');
const CAN_RUN = LIBRARY !== undefined && existsSync(ADDON) && weights !== undefined;
if (!CAN_RUN)
  process.stderr.write('skipped: a gate on predictions needs a llama.cpp, npm run build:native and glassllm\n');

const at = hubAndRegistry();
const chain = (source: string, types: readonly FileTypeWord[], options: Parameters<typeof evaluate>[0]) =>
  pipeline(
    download(`hf://${source}`),
    convert({ quantize: types, fallback: 'allow' }),
    evaluate(options),
    pack(),
    push(`${at.registry.host}/models/a`),
  );

/** Predicate types of what refers to an artifact, from the registry's own listing. */
async function statements({ digest }: PushedArtifact): Promise<unknown[]> {
  const answer = await fetch(`http://${at.registry.host}/v2/models/a/referrers/${digest}`);
  const { manifests } = (await answer.json()) as { manifests: { artifactType: string; annotations: object }[] };
  expect(manifests.every(({ artifactType }) => artifactType === 'application/vnd.in-toto+json')).toBe(true);
  return manifests.map(({ annotations }) => (annotations as Record<string, string>)['in-toto.io/predicate-type']);
}

const TEST_RESULT = 'https://in-toto.io/attestation/test-result/v0.1';

describe('a gate between convert and pack', () => {
  test('on weights: two variants pass, each has its own tag and statements', async () => {
    const options = { weightsOnly: true, gate: 'weight.relative<20' };
    const pushed = await chain(MODEL, ['Q4_K_M', 'Q8_0'], options).run(undefined, at.context());
    expect([...at.registry.tags('models/a').keys()]).toEqual(['q4_k_m', 'q8_0']);
    for (const artifact of pushed) expect(await statements(artifact)).toContain(TEST_RESULT);
    expect(at.registry.problems()).toEqual([]);
  });

  test('one that does not hold: no tag', async () => {
    const options = { weightsOnly: true, gate: 'weight.relative<0.0000001' };
    await expect(chain(MODEL, ['Q4_K_M', 'Q8_0'], options).run(undefined, at.context())).rejects.toMatchObject({
      code: 'GATE_FAILED',
    });
    expect([...at.registry.tags('models/a').keys()]).toEqual([]);
  });
});

describe.skipIf(!CAN_RUN)('a gate on predictions of a real model', () => {
  let settings: { text: string; context: number; chunks: number };
  beforeEach(async () => {
    const text = join(at.folder, 'ascii.txt');
    await writeFile(text, await asciiText());
    settings = { text, context: 128, chunks: 8 };
  });

  test('passes: tags, statements', async () => {
    at.hub.add('acme/glass', glassllmRepository(weights ?? ''));
    const options = { ...settings, gate: 'kld.mean<0.5,top.same>50' };
    const pushed = await chain('acme/glass', ['Q4_K_M', 'Q8_0'], options).run(undefined, at.context());
    expect([...at.registry.tags('models/a').keys()]).toEqual(['q4_k_m', 'q8_0']);
    for (const artifact of pushed) expect(await statements(artifact)).toContain(TEST_RESULT);
  }, 120_000);

  test('fails: no tag', async () => {
    at.hub.add('acme/glass', glassllmRepository(weights ?? ''));
    const options = { ...settings, gate: 'kld.mean<0.0000001' };
    await expect(chain('acme/glass', ['Q4_K_M', 'Q8_0'], options).run(undefined, at.context())).rejects.toMatchObject({
      code: 'GATE_FAILED',
    });
    expect([...at.registry.tags('models/a').keys()]).toEqual([]);
  }, 120_000);
});
