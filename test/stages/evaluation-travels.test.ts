import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pipeline } from '../../src/core/index.js';
import { EVALUATION_TYPE, TEST_RESULT } from '../../src/evaluate/index.js';
import { openRegistry } from '../../src/registry/index.js';
import { convert, download, evaluate, evaluationRecords, pack, push } from '../../src/stages/index.js';
import { attest, verifyReference } from '../../src/stages/trust/index.js';
import {
  collectEvidence,
  generateKeyPair,
  keyIdentity,
  PREDICATES,
  readPublicKey,
  signaturePolicy,
} from '../../src/trust/index.js';
import { pipelineCommand } from '../cli/fake-terminal.js';
import { hubAndRegistry, MODEL } from '../support/hub-and-registry.js';

const at = hubAndRegistry();
const GATE = { weightsOnly: true, gate: 'weight.relative<20' } as const;

const made = () => [download(`hf://${MODEL}`), convert({ quantize: 'Q8_0', fallback: 'allow' })] as const;

async function printed(...argv: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await pipelineCommand([...argv, '--json'], at.folder, { HOME: at.folder });
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Record<string, unknown>;
}

interface Bom {
  metadata: {
    component: { modelCard: { quantitativeAnalysis?: { performanceMetrics: Record<string, unknown>[] } } };
  };
}
const performance = (bom: unknown) =>
  (bom as Bom).metadata.component.modelCard.quantitativeAnalysis?.performanceMetrics ?? [];

describe('results of an evaluation', () => {
  test('without a signature: inspect and readers show them, a bill of materials repeats the numbers', async () => {
    const [pushed] = await pipeline(
      ...made(),
      evaluate(GATE),
      pack(),
      push(`${at.registry.host}/m/tiny`, { tags: ['v1'] }),
    ).run(undefined, at.context());
    const reference = `${at.registry.host}/m/tiny:v1`;
    for (const command of ['inspect', 'readers']) {
      const { evaluations } = (await printed(command, reference)) as { evaluations: Record<string, unknown>[] };
      expect(evaluations).toHaveLength(2);
      expect(evaluations).toEqual(
        expect.arrayContaining([
          expect.objectContaining({
            predicateType: TEST_RESULT,
            signed: false,
            predicate: expect.objectContaining({ result: 'PASSED', passedTests: ['weight.relative'] }) as object,
          }),
          expect.objectContaining({ predicateType: EVALUATION_TYPE, signed: false }),
        ]),
      );
      const { stdout } = await pipelineCommand([command, reference], at.folder, { HOME: at.folder });
      expect(stdout).toMatch(/evaluation +gate PASSED \(unsigned\)/);
      expect(stdout).toMatch(/evaluation +weight\.relative \d+\.\d\d %/);
    }
    const metrics = performance(await printed('sbom', reference));
    expect(metrics.map(({ type }) => type)).toEqual(['weight.rmse', 'weight.relative', 'weight.max']);
    expect(metrics.every(({ value }) => typeof value === 'string' && Number(value) > 0)).toBe(true);
    // What speaks of another artifact is not this one's.
    const target = openRegistry(`${at.registry.host}/m/tiny`);
    expect(await evaluationRecords(target, `sha256:${'0'.repeat(64)}`)).toEqual([]);
    expect(pushed?.tags).toEqual(['v1']);
  });

  test.each(['before', 'after'])('signed with what is attested, evaluated %s packing', async (place) => {
    const pair = await generateKeyPair('secret');
    const file = join(at.folder, 'k.key');
    await writeFile(file, pair.privateKey);
    const context = at.context({ env: { ...at.hub.env, HOME: at.folder, COSIGN_PASSWORD: 'secret' } });
    const to = push(`${at.registry.host}/m/tiny`, { tags: ['v1'] });
    const key = { file };
    const chain =
      place === 'before'
        ? pipeline(...made(), evaluate(GATE), pack(), attest({ key }), to)
        : pipeline(...made(), pack(), evaluate(GATE), attest({ key }), to);
    const [pushed] = await chain.run(undefined, context);
    const target = openRegistry(`${at.registry.host}/m/tiny`);
    const { attestations, others } = await collectEvidence(target, pushed!.digest);
    const types = attestations.map(({ statement }) => statement.predicateType);
    expect(types.toSorted()).toEqual([PREDICATES.cyclonedx, PREDICATES.slsa, TEST_RESULT, EVALUATION_TYPE].toSorted());
    expect(others.map(({ artifactType }) => artifactType)).toEqual(['application/vnd.cyclonedx+json']);
    const bom = attestations.find(({ statement }) => statement.predicateType === PREDICATES.cyclonedx);
    expect(performance(bom?.statement.predicate).map(({ type }) => type)).toContain('weight.relative');
    const { evaluations } = (await printed('inspect', `${at.registry.host}/m/tiny:v1`)) as {
      evaluations: { signed: boolean }[];
    };
    expect(evaluations.map(({ signed }) => signed)).toEqual([true, true]);
    // A policy may ask for a number by its name.
    const policy = signaturePolicy([keyIdentity(readPublicKey(pair.publicKey, 'k'), 'k')]);
    const limited = (max: number) => ({
      ...policy,
      evaluation: [{ predicateType: EVALUATION_TYPE, metric: 'weight.relative', max, required: true }],
    });
    const verdict = async (max: number) =>
      (await verifyReference(`${at.registry.host}/m/tiny:v1`, limited(max), context)).checks.find(({ check }) =>
        check.startsWith('evaluation'),
      )?.status;
    expect([await verdict(20), await verdict(0.000_001)]).toEqual(['pass', 'fail']);
  });
});
