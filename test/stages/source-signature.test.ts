import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { memoryFile } from '../../src/files/index.js';
import { readFile } from 'node:fs/promises';
import { buildLlama, startTestHub } from '../../src/testing/index.js';
import { pipelineCommand, type Outcome } from '../cli/fake-terminal.js';
import { hubAndRegistry, MODEL } from '../support/hub-and-registry.js';
import { saveRepository } from '../support/save-repository.js';

// A source that brings a model.sig (OpenSSF Model Signing): verified before anything is made of it, when the policy names who may sign.

const at = hubAndRegistry();
const files = buildLlama({ layers: 1, hidden: 64, seed: 7 });
const pipe = async (...argv: readonly string[]): Promise<Outcome> =>
  pipelineCommand(argv, at.folder, { COSIGN_PASSWORD: 'secret', ...at.hub.env });
const here = (name: string): string => join(at.folder, name);

/** Signs the model and publishes it on the Hub as it then is, with what `change` makes of its files. */
async function publish(change: (all: typeof files) => typeof files = (all) => all): Promise<void> {
  await saveRepository(files, here('model'));
  expect((await pipe('sign', './model', '--key', 'k.key')).code).toBe(0);
  const signature = memoryFile('model.sig', await readFile(here('model/model.sig')));
  await at.hub.close();
  at.hub = await startTestHub({ repositories: { [MODEL]: change([...files, signature]) } });
}

beforeEach(async () => {
  for (const name of ['k', 'other']) await pipe('key', 'generate', '--output-key-prefix', name);
  const rule = (name: string, source: string): Promise<void> =>
    writeFile(here(name), `identities:\n  - { name: release, key: k.pub }\nsourceSignature: ${source}\n`);
  await rule('policy.yaml', '{}');
  await rule('required.yaml', '{ required: true }');
  await rule('other.yaml', '{ identities: [{ name: other, key: other.pub }] }');
});

const converted = async (policy: string, from = `hf://${MODEL}`): Promise<Outcome> => {
  await rm(here('out.gguf'), { force: true });
  return pipe('convert', from, '--outtype', 'f16', '--policy', policy, '-o', 'out.gguf');
};

describe('a source with a model.sig', () => {
  test('by a key of the policy is converted, by another is refused, and so are other files', async () => {
    await publish();
    const { code, stderr } = await converted('policy.yaml');
    expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
    const other = await converted('other.yaml');
    expect([other.code, other.stderr]).toEqual([11, expect.stringContaining('TRUST_REFUSED')]);
    await publish((all) => [...all, memoryFile('more.txt', Buffer.from('x'))]);
    expect((await converted('policy.yaml')).stderr).toContain('more.txt');
    await publish((all) =>
      all.map((file) => (file.path === 'config.json' ? memoryFile(file.path, Buffer.from('{}')) : file)),
    );
    const changed = await converted('policy.yaml');
    expect([changed.code, changed.stderr]).toEqual([11, expect.stringContaining('config.json')]);
  });

  test('a directory, too; without a signature only when that is required', async () => {
    await saveRepository(files, here('model'));
    expect((await converted('policy.yaml', './model')).code).toBe(0);
    expect((await converted('required.yaml', './model')).code).toBe(11);
    await pipe('sign', './model', '--key', 'k.key');
    expect((await converted('required.yaml', './model')).code).toBe(0);
    await writeFile(here('model/config.json'), '{}');
    expect((await converted('required.yaml', './model')).code).toBe(11);
  });

  test('its signer stands in the provenance, which a policy can ask for', async () => {
    await publish();
    const key = `{ key: { file: ${here('k.key')} } }`;
    const chain = async (policy: string): Promise<void> => {
      const from = `download: { from: 'hf://${MODEL}'${policy} }`;
      const to = `push: { to: ${at.registry.host}/m/tiny, tags: [v1] }`;
      const rows = [from, 'convert: { outtype: f16 }', 'pack', `attest: ${key}`, `sign: ${key}`, to];
      await writeFile(here('c.yaml'), `name: t\nstages:\n${rows.map((row) => `  - ${row}\n`).join('')}`);
      const { code, stderr } = await pipe('run', 'c.yaml');
      expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
    };
    const verified = async (policy: string): Promise<Outcome> =>
      pipe('verify', `${at.registry.host}/m/tiny:v1`, '--policy', policy);
    await chain('');
    expect((await verified('policy.yaml')).code).toBe(0);
    expect((await verified('required.yaml')).code).toBe(11);
    await rm(here('model/model.sig'));
    await chain(`, policy: ${here('policy.yaml')}`);
    const { code, stdout } = await verified('required.yaml');
    expect([code, stdout]).toEqual([0, expect.stringContaining("the source was signed by 'release'")]);
    expect((await verified('other.yaml')).code).toBe(11);
  });

  test('a policy that does not ask for it says nothing of a repository', async () => {
    await writeFile(here('plain.yaml'), 'identities:\n  - key: k.pub\n');
    const { code, stderr } = await converted('plain.yaml');
    expect([code, stderr]).toEqual([2, expect.stringContaining('sourceSignature')]);
  });
});
