import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { TestHarbor } from '../../src/testing/index.js';
import { variablePrefix } from '../../src/registry/index.js';
import { pipelineCommand, type Outcome } from '../cli/fake-terminal.js';
import { fake, PASSWORD, pushTo } from './harbors.js';

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-signers-'));
});
afterEach(async () => rm(cwd, { recursive: true, force: true }));

async function start(): Promise<{
  server: TestHarbor;
  host: string;
  pipe: (...argv: readonly string[]) => Promise<Outcome>;
}> {
  const server = await fake();
  const prefix = variablePrefix(server.host);
  const env = { [`${prefix}_USERNAME`]: 'admin', [`${prefix}_PASSWORD`]: PASSWORD, COSIGN_PASSWORD: 'x' };
  const pipe = async (...argv: readonly string[]): Promise<Outcome> => pipelineCommand(argv, cwd, env);
  await pipe('harbor', 'project', 'create', server.host, 'models');
  return { server, host: server.host, pipe };
}

test('harbor show says who signed, and whether that verifies', async () => {
  const { server, host, pipe } = await start();
  for (const name of ['release', 'other']) await pipe('key', 'generate', '--output-key-prefix', name);
  const type = 'application/vnd.cncf.model.config.v1+json';
  const digest = await pushTo(server, 'models/tiny', 'v1', { configType: type });
  const reference = `${host}/models/tiny@${digest}`;
  const unsigned = await pipe('harbor', 'show', reference);
  expect([unsigned.code, unsigned.stdout]).toEqual([0, expect.stringContaining('signed     no')]);
  await pipe('sign', reference, '--key', 'other.key');
  const signed = await pipe('harbor', 'show', reference);
  expect([signed.code, signed.stdout]).toEqual([0, expect.stringContaining('not verified: no policy')]);
  await writeFile(join(cwd, 'p.yaml'), 'name: prod\nidentities:\n  - { name: release, key: release.pub }\n');
  const foreign = await pipe('harbor', 'show', reference, '--policy', 'p.yaml');
  expect([foreign.code, foreign.stdout]).toEqual([11, expect.stringContaining('by none of the policy')]);
  await pipe('sign', reference, '--key', 'release.key');
  const both = await pipe('harbor', 'show', reference, '--policy', 'p.yaml', '--json');
  expect(both.code).toBe(0);
  const { signatures, verification } = JSON.parse(both.stdout) as {
    signatures: { identity: string | null }[];
    verification: object;
  };
  expect(verification).toMatchObject({ verdict: 'accepted', policy: 'prod' });
  expect(new Set(signatures.map(({ identity }) => identity))).toEqual(new Set(['release', null]));
});

test('content trust is set, and what it does not protect from is said in one line', async () => {
  const { host, pipe } = await start();
  await writeFile(join(cwd, 'h.yaml'), 'project: models\ncontentTrust: cosign\n');
  const applied = await pipe('harbor', 'apply', host, 'h.yaml');
  expect([applied.code, applied.stdout]).toEqual([0, expect.stringContaining('contentTrust: none → cosign')]);
  expect(applied.stderr.split('\n').filter((line) => line.includes('not who made it'))).toHaveLength(1);
  const again = await pipe('harbor', 'apply', host, 'h.yaml', '--json');
  expect(JSON.parse(again.stdout)).toMatchObject({ changed: 0 });
  const config = `name: x\nstages:\n  - download: { from: ./nowhere }\n  - harbor: { host: '${host}', project: models, contentTrust: wrong }\n`;
  await writeFile(join(cwd, 'c.yaml'), config);
  expect((await pipe('plan', 'c.yaml')).code).toBe(3);
});
