import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { variablePrefix } from '../../src/registry/index.js';
import type { TestHarbor } from '../../src/testing/index.js';
import { pipelineCommand, type Outcome } from '../cli/fake-terminal.js';
import { fake, PASSWORD, pushTo } from './harbors.js';

const CONFIG = 'application/vnd.cncf.model.config.v1+json';

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-removing-'));
});
afterEach(async () => rm(cwd, { recursive: true, force: true }));

async function start(): Promise<{
  server: TestHarbor;
  host: string;
  pipe: (...argv: readonly string[]) => Promise<Outcome>;
}> {
  const server = await fake({ projects: { models: false } });
  const prefix = variablePrefix(server.host);
  const env = { [`${prefix}_USERNAME`]: 'admin', [`${prefix}_PASSWORD`]: PASSWORD, COSIGN_PASSWORD: 'x' };
  const pipe = async (...argv: readonly string[]): Promise<Outcome> => pipelineCommand(argv, cwd, env);
  await pipe('key', 'generate', '--output-key-prefix', 'release');
  await pushTo(server, 'models/tiny', 'v1', { configType: CONFIG });
  await pipe('sign', `${server.host}/models/tiny:v1`, '--key', 'release.key');
  return { server, host: server.host, pipe };
}

test('untag removes a tag of a Harbor, which has no such request in its registry', async () => {
  const { server, host, pipe } = await start();
  expect((await pipe('tag', `${host}/models/tiny:v1`, 'stable')).code).toBe(0);
  const removed = await pipe('untag', `${host}/models/tiny:stable`);
  expect([removed.code, removed.stdout]).toEqual([0, expect.stringContaining('untagged')]);
  expect([...server.registry.tags('models/tiny').keys()].filter((tag) => !tag.endsWith('.sig'))).toEqual(['v1']);
  await writeFile(join(cwd, 'h.yaml'), "project: models\nimmutable: [{ tags: 'v*' }]\n");
  await pipe('harbor', 'apply', host, 'h.yaml');
  const kept = await pipe('untag', `${host}/models/tiny:v1`);
  expect([kept.code, kept.stderr]).toEqual([11, expect.stringContaining('configured as immutable')]);
});

test('rm takes the signatures along, and takes none from what a rule keeps', async () => {
  const { server, host, pipe } = await start();
  await writeFile(join(cwd, 'h.yaml'), "project: models\nimmutable: [{ tags: 'v*' }]\n");
  await pipe('harbor', 'apply', host, 'h.yaml');
  const before = server.registry.manifests('models/tiny').size;
  const refused = await pipe('rm', `${host}/models/tiny:v1`, '--yes');
  expect([refused.code, refused.stderr]).toEqual([11, expect.stringContaining('configured as immutable')]);
  expect(server.registry.manifests('models/tiny').size).toBe(before);
  expect((await pipe('verify', `${host}/models/tiny:v1`, '--key', 'release.pub')).code).toBe(0);
  const other = `${host}/models/other:next`;
  await pushTo(server, 'models/other', 'next', { configType: CONFIG });
  await pipe('sign', other, '--key', 'release.key');
  const removed = await pipe('rm', other, '--yes');
  expect([removed.code, removed.stdout]).toEqual([0, expect.stringContaining('which refers to it')]);
  expect(server.registry.manifests('models/other').size).toBe(0);
});
