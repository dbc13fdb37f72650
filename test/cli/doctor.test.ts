import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { OPTIONAL_PACKAGES } from '../../src/cli/facts/optional-packages.js';
import { startTestRegistry } from '../../src/testing/index.js';
import { pipelineCommand } from './fake-terminal.js';

interface Check {
  readonly name: string;
  readonly state: string;
  readonly fact: string;
  readonly fix?: string;
}

let cwd = '';
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-doctor-'));
});
afterAll(async () => rm(cwd, { recursive: true, force: true }));

async function llamaCpp(env: Record<string, string>): Promise<Check | undefined> {
  const { stdout } = await pipelineCommand(['doctor', '--offline', '--json'], cwd, env);
  const { checks } = JSON.parse(stdout) as { checks: readonly Check[] };
  return checks.find(({ name }) => name === 'llama.cpp');
}

describe('doctor looks for the library that evaluate runs models with', () => {
  test('none: what is missing without it, and what to install', async () => {
    expect(await llamaCpp({ SLIPWAY_LLAMA_CPP: 'none' })).toMatchObject({
      state: 'warn',
      fact: expect.stringMatching(/weight error alone.*no library is looked for/),
      fix: expect.stringMatching(/npm install @node-llama-cpp\/|SLIPWAY_LLAMA_CPP=/),
    });
  });

  test('one that cannot be used: which, and why', async () => {
    const library = join(cwd, 'libllama.so');
    await writeFile(library, 'no library');
    expect(await llamaCpp({ SLIPWAY_LLAMA_CPP: library })).toMatchObject({ state: 'warn' });
  });
});

describe('doctor lists what is looked for when it is needed', () => {
  test('every optional peer dependency has its line', async () => {
    expect(Object.keys(OPTIONAL_PACKAGES).toSorted()).toEqual(Object.keys(packageJson.peerDependencies).toSorted());
    const { stdout } = await pipelineCommand(['doctor', '--offline', '--json'], cwd);
    const { checks } = JSON.parse(stdout) as { checks: readonly Check[] };
    const s3 = checks.find(({ name }) => name === 'package @aws-sdk/client-s3');
    expect(s3).toMatchObject({ state: 'ok', fact: expect.stringMatching(/^\d+\.\d+\.\d+: models on S3/) });
  });
});

describe('doctor signs in as a run does, and asks what a run asks', () => {
  async function registryCheck(password: string): Promise<Check | undefined> {
    const registry = await startTestRegistry({ auth: 'bearer', minChunk: 5_000_000 });
    try {
      const path = join(cwd, 'c.yaml');
      const credentials = `credentials: { "${registry.host}": { username: user, password: { env: SECRET } } }`;
      const stages = `stages: [{ download: { from: ./m } }, pack, { push: { to: "${registry.host}/team/m" } }]`;
      await writeFile(path, `name: m\n${credentials}\n${stages}\n`);
      const { stdout } = await pipelineCommand(['doctor', path, '--json'], cwd, { SECRET: password });
      expect(registry.requests.filter(({ method }) => method === 'DELETE')).toHaveLength(
        password === 'password' ? 1 : 0,
      );
      return (JSON.parse(stdout) as { checks: readonly Check[] }).checks.find(({ name }) =>
        name.startsWith('registry'),
      );
    } finally {
      await registry.close();
    }
  }

  test('rights, referrers, mounts and the least chunk', async () => {
    expect(await registryCheck('password')).toMatchObject({
      state: 'ok',
      fact: expect.stringMatching(
        /pull, push with credentials from the configuration; referrers API;.*chunks of at least/,
      ),
    });
  });

  test('a wrong password is red', async () => {
    expect(await registryCheck('wrong')).toMatchObject({ state: 'fail' });
  });
});
