import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestRegistry, type TestRegistry } from '../../src/testing/index.js';
import { pipelineCommand, type Outcome } from './fake-terminal.js';

let registry: TestRegistry;
let cwd: string;

beforeAll(async () => {
  registry = await startTestRegistry();
  cwd = await mkdtemp(join(tmpdir(), 'slipway-rights-'));
  await writeFile(join(cwd, 'data.bin'), 'weights');
  const options = ['--format', 'oras', '--include', 'data.bin'];
  expect(await cli('push', './data.bin', `${registry.host}/team/model:v1`, ...options)).toMatchObject({ code: 0 });
});

afterAll(async () => {
  await registry.close();
  await rm(cwd, { recursive: true });
});

async function cli(...line: string[]): Promise<Outcome> {
  return pipelineCommand([...line, '--progress', 'none'], cwd, {});
}

/** What a command says whose requests of one kind are refused. */
async function refused(method: string, status: number, ...line: string[]): Promise<Outcome> {
  registry.fail({ method, path: /manifests/, times: Infinity, fault: { kind: 'status', status } });
  const outcome = await cli(...line);
  registry.clearFaults();
  return outcome;
}

test.each([
  ['rm', 'DELETE', 403, 5, /role Maintainer or Project Admin/],
  ['rm', 'DELETE', 405, 6, /REGISTRY_STORAGE_DELETE_ENABLED=true/],
  ['tag', 'PUT', 403, 5, /role Developer, Maintainer or Project Admin/],
  ['inspect', 'GET', 403, 5, /any role in the project/],
])('%s that is refused (%s %i) says who must change what', async (command, method, status, code, words) => {
  const reference = `${registry.host}/team/model:v1`;
  const more = command === 'rm' ? ['--yes'] : command === 'tag' ? ['other'] : [];
  const outcome = await refused(method, status, command, reference, ...more);
  expect(outcome.code).toBe(code);
  expect(outcome.stderr).toMatch(words);
});

test('a repository where nothing has a tag is said to be one', async () => {
  const outcome = await pipelineCommand(['ls', `${registry.host}/team/nothing`], cwd, {});
  expect(outcome).toMatchObject({ code: 0, stdout: '' });
  expect(outcome.stderr).toContain('check the name');
});
