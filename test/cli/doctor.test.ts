import { chmod, mkdir, mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
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

describe('doctor --fix', () => {
  async function secrets(...flags: string[]): Promise<Check | undefined> {
    const { stdout } = await pipelineCommand(['doctor', '--offline', '--json', ...flags], cwd);
    return (JSON.parse(stdout) as { checks: readonly Check[] }).checks.find(({ name }) => name === 'secrets');
  }

  test.skipIf(process.platform === 'win32')('closes what others can read, once it is told to', async () => {
    const path = join(cwd, '.config', 'slipway', 'auth.json');
    await mkdir(join(cwd, '.config', 'slipway'), { recursive: true });
    await writeFile(path, '{}');
    await chmod(path, 0o644);
    expect(await secrets()).toMatchObject({ state: 'warn', fix: `chmod 600 ${path}` });
    expect((await stat(path)).mode & 0o777).toBe(0o644);
    expect(await secrets('--fix')).toMatchObject({ state: 'ok', mended: expect.stringContaining(path) });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await secrets('--fix')).toEqual(expect.not.objectContaining({ mended: expect.anything() }));
  });

  test.skipIf(process.platform === 'win32')(
    'opens a home that keeps its owner out, and keeps what is in it',
    async () => {
      const home = join(cwd, 'locked');
      const blob = join(home, 'store', 'blobs', 'sha256', 'aa');
      await mkdir(join(home, 'store', 'blobs', 'sha256'), { recursive: true });
      await writeFile(blob, 'kept');
      await utimes(blob, 0, 0);
      await chmod(home, 0o500);
      const run = async (...flags: string[]): Promise<readonly [number, Check | undefined]> => {
        const line = ['doctor', '--offline', '--json', ...flags];
        const { code, stdout } = await pipelineCommand(line, cwd, { PIPELINE_HOME: home });
        const { checks } = JSON.parse(stdout) as { checks: readonly Check[] };
        return [code, checks.find(({ name }) => name === 'store')];
      };
      expect(await run()).toEqual([10, expect.objectContaining({ state: 'fail', fix: `chmod u+rwx ${home}` })]);
      expect(await run('--fix')).toEqual([0, expect.objectContaining({ state: 'ok', mended: expect.any(String) })]);
      expect((await stat(blob)).size).toBe(4);
    },
  );
});

test('doctor --measure tries settings and prints the lines that win', async () => {
  const { code, stdout } = await pipelineCommand(['doctor', '--offline', '--measure', '--json'], cwd);
  const { measured } = JSON.parse(stdout) as {
    measured: { trials: { setting: string; bytesPerSecond: number }[]; best: { engine: string; threads: number } };
  };
  expect(code).toBe(0);
  expect(new Set(measured.trials.map(({ setting }) => setting))).toEqual(new Set(['engine', 'threads', 'disk']));
  for (const { bytesPerSecond } of measured.trials) expect(bytesPerSecond).toBeGreaterThan(0);
  expect(['native', 'wasm', 'js']).toContain(measured.best.engine);
  const text = (await pipelineCommand(['doctor', '--offline', '--measure'], cwd)).stdout;
  expect(text).toMatch(/\n {2}engine: \w+\n {2}limits: \{ threads: \d+ \}\n$/);
});
