import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { memoryFile } from '../../src/files/index.js';
import { openRegistry, variablePrefix } from '../../src/registry/index.js';
import type { TestHarbor } from '../../src/testing/index.js';
import { pipelineCommand, type Outcome } from '../cli/fake-terminal.js';
import { client, fake, login, PASSWORD, pushTo } from './harbors.js';

const CONFIG = 'application/vnd.cncf.model.config.v1+json';

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-content-trust-'));
});
afterEach(async () => rm(cwd, { recursive: true, force: true }));

/** Attaches a document that is no signature, as a plain bill of materials is. */
async function attachPlain(server: TestHarbor, digest: string): Promise<void> {
  const target = openRegistry(`${server.host}/models/tiny`, { http: client(), credentials: async () => login() });
  const { bytes, mediaType } = server.registry.manifests('models/tiny').get(digest) ?? { bytes: '', mediaType: '' };
  const empty = await target.pushBlob(memoryFile('config', Buffer.from('{}')));
  const manifest = {
    schemaVersion: 2,
    mediaType,
    artifactType: 'application/vnd.cyclonedx+json',
    config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: empty.digest, size: 2 },
    layers: [],
    subject: { mediaType, digest, size: bytes.length },
  };
  await target.pushManifest(Buffer.from(JSON.stringify(manifest)), mediaType);
}

type Run = (...argv: readonly string[]) => Promise<Outcome>;

/** A Harbor with the project `models`, open or asking for signatures, and a key. */
async function start(): Promise<{ server: TestHarbor; host: string; pipe: Run; close: () => Promise<Outcome> }> {
  const server = await fake();
  const prefix = variablePrefix(server.host);
  const env = { [`${prefix}_USERNAME`]: 'admin', [`${prefix}_PASSWORD`]: PASSWORD, COSIGN_PASSWORD: 'x' };
  const pipe: Run = async (...argv) => pipelineCommand(argv, cwd, env);
  await pipe('harbor', 'project', 'create', server.host, 'models');
  await pipe('key', 'generate', '--output-key-prefix', 'release');
  await writeFile(join(cwd, 'trusting.yaml'), 'project: models\ncontentTrust: cosign\n');
  await writeFile(join(cwd, 'p.yaml'), 'name: prod\nidentities:\n  - { name: release, key: release.pub }\n');
  return {
    server,
    host: server.host,
    pipe,
    close: async () => pipe('harbor', 'apply', server.host, 'trusting.yaml'),
  };
}

test('what is not signed is not given out, and that is told as the rule that it is', async () => {
  const { server, host, pipe, close } = await start();
  await pushTo(server, 'models/tiny', 'v1', { configType: CONFIG });
  await close();
  for (const argv of [
    ['pull', `${host}/models/tiny:v1`, 'out'],
    ['ls', `${host}/models/tiny`],
    ['verify', `${host}/models/tiny:v1`, '--key', 'release.pub'],
  ]) {
    const refused = await pipe(...argv);
    expect([refused.code, refused.stderr]).toEqual([11, expect.stringContaining('error[TRUST_REFUSED]')]);
    expect(refused.stderr).toContain('The image is not signed by cosign.');
    expect(refused.stderr).not.toContain('immutab');
  }
  // Who may push may sign it where it is.
  expect((await pipe('sign', `${host}/models/tiny:v1`, '--key', 'release.key')).code).toBe(0);
  expect((await pipe('ls', `${host}/models/tiny`)).code).toBe(0);
});

test('pushing again what was left unsigned works, and what is signed is read, promoted and copied', async () => {
  const { server, host, pipe, close } = await start();
  const from = `${host}/models/tiny:v1`;
  await pushTo(server, 'models/tiny', 'v1', { configType: CONFIG });
  await pipe('sign', from, '--key', 'release.key');
  await writeFile(join(cwd, 'bom.json'), '{"bomFormat":"CycloneDX","specVersion":"1.6","version":1}');
  await pipe('attest', from, '--key', 'release.key', '--predicate', 'bom.json', '--type', 'cyclonedx');
  await pushTo(server, 'models/tiny', 'left', { configType: CONFIG, config: '{"left":1}' });
  await close();
  await pushTo(server, 'models/tiny', 'left', { configType: CONFIG, config: '{"left":1}' });
  await pipe('harbor', 'project', 'create', host, 'prod', '--content-trust', 'cosign');
  const promoted = await pipe('promote', from, `${host}/prod/tiny:v1`, '--policy', 'p.yaml');
  expect([promoted.code, promoted.stderr]).toEqual([0, '']);
  expect((await pipe('verify', `${host}/prod/tiny:v1`, '--key', 'release.pub')).code).toBe(0);
  const shown = await pipe('harbor', 'show', `${host}/prod/tiny:v1`);
  expect(shown.stdout).toContain('attached  signature.cosign, signature.cosign, signature.cosign');
});

test('what refers to it and is no signature is withheld: the rest is copied, and it is said', async () => {
  const { server, host, pipe, close } = await start();
  const digest = await pushTo(server, 'models/tiny', 'v1', { configType: CONFIG });
  await attachPlain(server, digest);
  await pipe('sign', `${host}/models/tiny:v1`, '--key', 'release.key');
  await close();
  await pipe('harbor', 'project', 'create', host, 'prod');
  for (const argv of [
    ['promote', `${host}/models/tiny:v1`, `${host}/prod/tiny:v1`, '--policy', 'p.yaml'],
    ['copy', '--referrers', `${host}/models/tiny:v1`, `${host}/prod/copied:v1`],
  ]) {
    const done = await pipe(...argv);
    expect([done.code, done.stderr]).toEqual([
      0,
      expect.stringMatching(/not copied: application\/vnd\.cyclonedx\+json sha256:.*content trust/),
    ]);
    expect(done.stderr.match(/not copied/g)).toHaveLength(1);
  }
  expect((await pipe('verify', `${host}/prod/copied:v1`, '--key', 'release.pub')).code).toBe(0);
});
