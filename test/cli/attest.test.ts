import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRegistry, pushArtifacts } from '../../src/registry/index.js';
import { startTestRegistry, type TestRegistry } from '../../src/testing/index.js';
import { addLegacySignature } from '../../src/trust/index.js';
import { sampleArtifact, sampleFile } from '../registry/samples.js';
import { pipelineCommand, type Outcome } from './fake-terminal.js';

// What may be attested, by cosign's names; and what older versions of cosign signed.

let cwd: string;
let registry: TestRegistry;
const pipe = async (...argv: readonly string[]): Promise<Outcome> =>
  pipelineCommand(argv, cwd, { COSIGN_PASSWORD: 'secret' });
const reference = (): string => `${registry.host}/a:v1`;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-attest-'));
  registry = await startTestRegistry();
  const artifact = sampleArtifact('a', [sampleFile('model.gguf', 1, 1000)]);
  await pushArtifacts(openRegistry(reference()), [artifact], { tags: () => ['v1'] });
  await pipe('key', 'generate', '--output-key-prefix', 'k');
});
afterAll(async () => {
  await registry.close();
  await rm(cwd, { recursive: true, force: true });
});

async function attested(type: string, predicate: object): Promise<Outcome> {
  await writeFile(join(cwd, 'p.json'), JSON.stringify(predicate));
  return pipe('attest', reference(), '--key', 'k.key', '--predicate', 'p.json', '--type', type);
}

test.each([
  ['slsaprovenance1', { buildDefinition: {}, runDetails: {} }, 'https://slsa.dev/provenance/v1'],
  ['cyclonedx', { bomFormat: 'CycloneDX', specVersion: '1.6' }, 'https://cyclonedx.org/bom'],
  ['spdxjson', {}, 'https://spdx.dev/Document'],
  ['openvex', {}, 'https://openvex.dev/ns'],
  ['vuln', {}, 'https://cosign.sigstore.dev/attestation/vuln/v1'],
  ['https://example.com/x/v1', [], 'https://example.com/x/v1'],
])('the type %s', async (type, predicate, uri) => {
  const { code, stdout } = await attested(type, predicate);
  expect([code, stdout]).toEqual([0, expect.stringContaining(uri)]);
});

test.each([
  ['slsa', { buildDefinition: {} }, "no 'runDetails'"],
  ['slsa', [], "no 'buildDefinition'"],
  ['cyclonedx', { spdxVersion: 'SPDX-2.3' }, "no 'bomFormat'"],
])('what is no predicate of the type %s is not signed', async (type, predicate, words) => {
  const { code, stderr } = await attested(type, predicate);
  expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
});

test('a signature of the older form by a P-384 key counts whichever hash it was made with', async () => {
  const target = openRegistry(reference());
  const { digest } = await target.resolve('v1');
  for (const hash of ['sha256', 'sha384']) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', {
      namedCurve: 'P-384',
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    await writeFile(join(cwd, `${hash}.pub`), publicKey);
    const payload = Buffer.from(
      `{"critical":{"identity":{"docker-reference":""},"image":{"docker-manifest-digest":"${digest}"},"type":"cosign container image signature"},"optional":null}`,
    );
    const signature = sign(hash, payload, createPrivateKey(privateKey));
    await addLegacySignature(target, digest, { payload, signature });
    expect([hash, (await pipe('verify', reference(), '--key', `${hash}.pub`)).code]).toEqual([hash, 0]);
  }
});
