import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { FileTypeWord } from '../../src/quantize/index.js';
import { pipeline } from '../../src/core/index.js';
import { convert, download, evaluate, pack, push, type PushedArtifact } from '../../src/stages/index.js';
import { asciiText } from '../evaluate/glass.js';
import { pipelineCommand } from '../cli/fake-terminal.js';
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
async function statements({ digest }: Pick<PushedArtifact, 'digest'>): Promise<unknown[]> {
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

// Q4_K_M is at 0.0016, 0.020 and 96.9 with this text; Q3_K_M at 0.0049, 0.046 and 95.1 would not pass any of it.
const GATE = 'kld.mean<0.003,kld.p99_9<0.04,top.same>95.5,ppl.lnRatio<0.01';

describe.skipIf(!CAN_RUN)(
  'a configuration from the Hub to a registry, with a gate on predictions of a real model',
  () => {
    /** Runs `pipeline run`: converted with an importance matrix, evaluated, pushed when the gate holds. */
    async function runConfiguration(type: FileTypeWord) {
      at.hub.add('acme/glass', glassllmRepository(weights ?? ''));
      const read = { text: join(at.folder, 'ascii.txt'), context: 128, chunks: 64 };
      const convert = { outtype: 'f16', quantize: [type], fallback: 'allow', imatrix: { ...read, chunks: 32 } };
      const stages = [
        { download: { from: 'hf://acme/glass' } },
        { convert },
        { evaluate: { ...read, gate: GATE, report: join(at.folder, 'loss.html') } },
        'pack',
        { push: { to: `${at.registry.host}/models/a` } },
      ];
      await writeFile(join(at.folder, 'ascii.txt'), await asciiText());
      await writeFile(join(at.folder, 'pipeline.json'), JSON.stringify({ name: 'glass', stages }));
      const env = { ...at.hub.env, HOME: at.folder };
      const { code, stdout, stderr } = await pipelineCommand(['run', 'pipeline.json', '--json'], at.folder, env);
      return { code, stderr, result: JSON.parse(stdout) as { weightError?: unknown[]; error?: { code: string } } };
    }

    test('the gate holds: a tag, its statements, and a page', async () => {
      const { code, stderr, result } = await runConfiguration('Q4_K_M');
      expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
      const [digest] = [...at.registry.tags('models/a').values()];
      expect([...at.registry.tags('models/a').keys()]).toEqual(['q4_k_m']);
      expect(await statements({ digest: digest! })).toContain(TEST_RESULT);
      expect(result.weightError).toMatchObject([{ variant: 'Q4_K_M', weighted: expect.any(Number) as number }]);
      const page = await readFile(join(at.folder, 'loss.html'), 'utf8');
      expect(page).toContain('<svg');
    });

    test.each(['Q2_K', 'Q3_K_M'] as const)(
      '%s does not: no tag, the exit code of gates, the worst tensors',
      async (type) => {
        const { code, stderr, result } = await runConfiguration(type);
        expect([code, result.error?.code]).toEqual([12, 'GATE_FAILED']);
        expect([...at.registry.tags('models/a').keys()]).toEqual([]);
        expect(stderr).toMatch(/kld\.mean<0\.003: 0\.\d+/);
        expect(stderr).toMatch(/blk\.\d+\.\w+\.weight \w+: weight error \d/);
        // What would help, as it is said in a configuration; an importance matrix was used already.
        expect(stderr).toMatch(/tensorTypes='\w+=Q8_0'/);
        expect(stderr).toContain('a larger type');
        expect(stderr).not.toContain('an importance matrix:');
      },
      300_000,
    );
  },
);
