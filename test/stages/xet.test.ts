import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createContext, pipeline } from '../../src/core/index.js';
import { download, save } from '../../src/stages/index.js';
import { buildLlama, startTestHub, type TestHub } from '../../src/testing/index.js';
import { pipelineCommand, type Outcome } from '../cli/fake-terminal.js';
import { XET_FILES, xetContents, xetFixture } from '../source/xet-fixture.js';

let hub: TestHub;
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-xet-chain-'));
  const repositories = { 'acme/stored': xetContents(), 'acme/tiny': buildLlama({ layers: 1, hidden: 256, seed: 7 }) };
  hub = await startTestHub({ xet: xetFixture(), repositories });
  process.chdir(folder);
});
afterAll(async () => {
  process.chdir(tmpdir());
  await hub.close();
  await rm(folder, { recursive: true, force: true });
});

const pipe = async (argv: string, env: Record<string, string> = {}): Promise<Outcome> =>
  pipelineCommand(argv.split(' '), folder, { ...hub.env, ...env });

/** Where bytes came from since `before`. */
function hosts(before: number): Set<string> {
  const kinds = hub.requests.slice(before).map(({ url }) => /^\/(blobs|xorbs)/.exec(url)?.[1] ?? '');
  return new Set(kinds.filter((kind) => kind !== ''));
}

async function arrived(directory: string): Promise<void> {
  for (const { path, sha256 } of XET_FILES) {
    const content = await readFile(join(folder, directory, path));
    expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
  }
}

describe('over the Xet protocol', () => {
  test('a stage of the library reads', async () => {
    const before = hub.requests.length;
    const context = createContext({ env: { ...hub.env, HOME: folder } });
    await pipeline(download('hf://acme/stored', { xet: true, connections: 2 }), save(join(folder, 'a'))).run(
      undefined,
      context,
    );
    await arrived('a');
    expect(hosts(before)).toEqual(new Set(['xorbs']));
  });

  test.each(['none', 'disk'])(
    'a configuration with the store %s reads, and says what it does not understand',
    async (store) => {
      const before = hub.requests.length;
      const config = (xet: string): string =>
        `name: x\nstore: ${store}\nstages:\n  - download: { from: hf://acme/stored, xet: ${xet} }\n  - save: { to: ./b-${store} }\n`;
      await writeFile(join(folder, 'x.yaml'), config('true'));
      const run = await pipe('run x.yaml');
      expect([run.code, run.code === 0 ? '' : run.stderr]).toEqual([0, '']);
      await arrived(`b-${store}`);
      expect(hosts(before)).toEqual(new Set(['xorbs']));
      await writeFile(join(folder, 'y.yaml'), config('often'));
      expect((await pipe('run y.yaml')).stderr).toContain('true or false');
    },
  );

  test.each([
    ['download hf://acme/stored -o c --xet', 'xorbs'],
    ['download hf://acme/stored -o d', 'blobs'],
    // Not in the Xet storage: over HTTP without a word.
    ['convert hf://acme/tiny -o tiny.gguf --xet', 'blobs'],
  ])('%s', async (command, from) => {
    const before = hub.requests.length;
    const run = await pipe(command);
    expect([run.code, run.code === 0 ? '' : run.stderr]).toEqual([0, '']);
    expect(hosts(before)).toEqual(new Set([from]));
    expect(run.stderr).not.toContain('Xet');
  });

  test.each(['package hf://acme/stored layout:./layout:v1', 'push hf://acme/stored localhost:1/x:v1'])(
    '%s, too',
    async (command) => {
      const before = hub.requests.length;
      // The first bytes say that these are no weights.
      expect((await pipe(`${command} --xet`)).stderr).toContain('SAFETENSORS_INVALID');
      expect(hosts(before)).toEqual(new Set(['xorbs']));
    },
  );

  test('nothing that is switched off or is an artifact', async () => {
    const off = await pipe('download hf://acme/stored -o e --xet', { HF_HUB_DISABLE_XET: '1' });
    expect([off.code, off.stderr]).toEqual([2, expect.stringContaining('unset HF_HUB_DISABLE_XET')]);
    const artifact = await pipe('push layout:./layout:v1 localhost:1/x:v1 --xet');
    expect([artifact.code, artifact.stderr]).toEqual([2, expect.stringContaining('--xet is for models')]);
  });
});
