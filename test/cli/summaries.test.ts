import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isJsonObject } from '../../src/files/index.js';
import { readWhole } from '../../src/files/index.js';
import { openRegistry } from '../../src/registry/index.js';
import { buildLlama, startTestRegistry, type TestRegistry } from '../../src/testing/index.js';
import { collectEvidence, isSignedBy, readPublicKey } from '../../src/trust/index.js';
import { pipelineCommand, type Outcome } from './fake-terminal.js';

// What is attested of a verification, and of a promotion.

let cwd: string;
let registry: TestRegistry;
const pipe = async (...argv: readonly string[]): Promise<Outcome> =>
  pipelineCommand(argv, cwd, { COSIGN_PASSWORD: 'secret' });
const reference = (name: string): string => `${registry.host}/${name}`;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-summaries-'));
  process.chdir(cwd);
  registry = await startTestRegistry();
  for (const file of buildLlama({ layers: 1, seed: 7 }))
    await writeFile(join(cwd, file.path), await readWhole(file, 1e8));
  for (const name of ['release', 'verifier', 'other']) await pipe('key', 'generate', '--output-key-prefix', name);
  await writeFile(join(cwd, 'p.policy.yaml'), 'identities:\n  - { name: release, key: release.pub }\n');
  await pipe('push', '.', reference('m/a:v1'));
  await pipe('sign', reference('m/a:v1'), '--key', 'release.key');
});
afterAll(async () => {
  process.chdir(tmpdir());
  await registry.close();
  await rm(cwd, { recursive: true, force: true });
});

/** The predicates of a type that a key has signed about what a tag names. */
async function predicates(name: string, tag: string, type: string, key: string): Promise<readonly object[]> {
  const target = openRegistry(name);
  const { digest } = await target.resolve(tag);
  const { readFile } = await import('node:fs/promises');
  const publicKey = readPublicKey(await readFile(join(cwd, key), 'utf8'), key);
  const { attestations } = await collectEvidence(target, digest);
  return attestations
    .filter(({ statement, envelope }) => statement.predicateType === type && isSignedBy(envelope, publicKey))
    .map(({ statement }) => (isJsonObject(statement.predicate) ? statement.predicate : {}));
}

const VSA = 'https://slsa.dev/verification_summary/v1';

test('a verification that passes is attested, once; one that does not is not', async () => {
  const name = reference('m/a');
  const refused = await pipe('verify', `${name}:v1`, '--key', 'other.pub', '--attest-key', 'verifier.key');
  expect(refused.code).toBe(11);
  expect(await predicates(name, 'v1', VSA, 'verifier.pub')).toEqual([]);
  for (const how of ['added', 'exists']) {
    const { code, stdout } = await pipe(
      'verify',
      `${name}:v1`,
      '--policy',
      'p.policy.yaml',
      '--attest-key',
      'verifier.key',
      '--json',
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, attested: { predicateType: VSA, how } });
  }
  const [summary, ...others] = await predicates(name, 'v1', VSA, 'verifier.pub');
  expect(others).toEqual([]);
  expect(summary).toMatchObject({
    verificationResult: 'PASSED',
    verifiedLevels: [],
    policy: { uri: 'p.policy.yaml', digest: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string } },
    resourceUri: expect.stringContaining(`${registry.host}/m/a`) as string,
  });
  expect((summary as { inputAttestations: object[] }).inputAttestations.length).toBeGreaterThan(0);
});

test('a promotion is attested where it led to', async () => {
  const { code, stdout } = await pipe(
    'promote',
    reference('m/a:v1'),
    reference('production/a:v1'),
    '--policy',
    'p.policy.yaml',
    '--attest-key',
    'verifier.key',
  );
  expect([code, stdout]).toEqual([0, expect.stringContaining('attested')]);
  const [promotion] = await predicates(
    reference('production/a'),
    'v1',
    'https://slipway.dev/attestation/promotion/v1',
    'verifier.pub',
  );
  expect(promotion).toMatchObject({
    from: expect.stringContaining('m/a:v1@sha256:') as string,
    verification: { verificationResult: 'PASSED' },
  });
});
