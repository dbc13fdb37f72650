import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pipelineCommand, type Outcome } from '../cli/fake-terminal.js';
import { havePeer, runPeer } from '../registry/peers.js';

// Model signatures that bring the certificate of an authority of one's own (the method `certificate` of OpenSSF Model Signing).

const CERTIFICATES = join(import.meta.dirname, '../fixtures/authority');
const SLOW = 120_000;

let folder = '';
const pipe = async (...argv: readonly string[]): Promise<Outcome> =>
  pipelineCommand(argv, folder, { COSIGN_PASSWORD: 'x' });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-authority-'));
  for (const name of ['root', 'other-root', 'between', 'deeper', 'leaf', 'expired', 'future'])
    await copyFile(join(CERTIFICATES, `${name}.pem`), join(folder, `${name}.pem`));
  for (const name of [
    'plain',
    'below-plain',
    'no-usage',
    'code-signing',
    'unknown-critical',
    'below-leaf',
    'too-deep',
    'below-impostor',
  ])
    await copyFile(join(CERTIFICATES, `${name}.pem`), join(folder, `${name}.pem`));
  await copyFile(join(CERTIFICATES, 'leaf.key'), join(folder, 'leaf.key'));
  const read = async (name: string): Promise<string> => readFile(join(folder, `${name}.pem`), 'utf8');
  await writeFile(join(folder, 'all.pem'), (await read('between')) + (await read('deeper')) + (await read('leaf')));
  expect((await pipe('key', 'generate', '--output-key-prefix', 'other')).code).toBe(0);
  for (const name of ['model', 'theirs']) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'weights.bin'), 'weights');
  }
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

async function signedBy(certificate: string, chain = 'between.pem'): Promise<void> {
  const key = ['--key', 'leaf.key', '--certificate', `${certificate}.pem`];
  const { code, stderr } = await pipe('sign', 'model', ...key, '--certificate-chain', chain);
  expect([code, stderr]).toEqual([0, '']);
}

async function verified(...flags: readonly string[]): Promise<readonly [number, string]> {
  const { code, stdout } = await pipe('verify', 'model', ...flags);
  return [code, stdout];
}

test('whom a trusted authority has certified may sign; another authority, subject or file is refused', async () => {
  await signedBy('leaf');
  expect(await verified('--certificate-chain', 'root.pem')).toEqual([
    0,
    expect.stringContaining("signed by 'root.pem'"),
  ]);
  const who = ['--certificate-identity', 'release@example.com'];
  expect((await verified('--certificate-chain', 'root.pem', ...who))[0]).toBe(0);
  expect((await verified('--certificate-chain', 'between.pem'))[0]).toBe(0);
  expect(await verified('--certificate-chain', 'other-root.pem')).toEqual([
    11,
    expect.stringContaining('issued by none of the authorities'),
  ]);
  for (const other of ['elease@example.com', 'release@example.com.evil.io', 'RELEASE@example.com']) {
    const [code, text] = await verified('--certificate-chain', 'root.pem', '--certificate-identity', other);
    expect([other, code, text]).toEqual([other, 11, expect.stringContaining('whom the policy does not name')]);
  }
  await writeFile(join(folder, 'model/weights.bin'), 'Weights');
  expect((await verified('--certificate-chain', 'root.pem'))[0]).toBe(11);
  await writeFile(join(folder, 'model/weights.bin'), 'weights');
});

test('in a policy, beside keys, by the exact subject', async () => {
  await signedBy('leaf');
  const policy = async (rule: string): Promise<number> => {
    await writeFile(join(folder, 'p.yaml'), `identities:\n  - { ${rule} }\n`);
    return (await pipe('verify', 'model', '--policy', 'p.yaml')).code;
  };
  expect(await policy('authority: root.pem, san: https://example.com/ci')).toBe(0);
  expect(await policy('authority: root.pem')).toBe(0);
  expect(await policy('authority: root.pem, san: https://example.com/')).toBe(11);
  expect(await policy('authority: other-root.pem')).toBe(11);
  expect(await policy('authority: leaf.key')).toBe(7);
  expect(await policy('authority: root.pem, issuer: https://example.com, san: x')).toBe(3);
});

test.each([
  ['code-signing', 'between.pem', 0, "signed by 'root.pem'"],
  ['expired', 'between.pem', 8, 'ran out at 2024-06-01'],
  ['future', 'between.pem', 11, 'is valid from 2100-01-01'],
  ['no-usage', 'between.pem', 11, 'is not for signing'],
  ['unknown-critical', 'between.pem', 11, 'critical extension'],
  ['below-leaf', 'all.pem', 11, 'issued by none of the authorities'],
  ['below-plain', 'plain.pem', 11, 'issued by none of the authorities'],
  ['too-deep', 'all.pem', 11, 'issued by none of the authorities'],
  ['below-impostor', 'other-root.pem', 11, 'issued by none of the authorities'],
  ['leaf', 'other-root.pem', 11, 'issued by none of the authorities'],
])('a certificate %s with %s: exit code %i', async (certificate, chain, code, words) => {
  await signedBy(certificate, chain);
  expect(await verified('--certificate-chain', 'root.pem')).toEqual([code, expect.stringContaining(words)]);
});

test('a signature by another key than that of its certificate is refused', async () => {
  await signedBy('leaf');
  const path = join(folder, 'model/model.sig');
  const bundle = JSON.parse(await readFile(path, 'utf8')) as { dsseEnvelope: { signatures: { sig: string }[] } };
  await pipe('sign', 'model', '--key', 'other.key');
  const other = JSON.parse(await readFile(path, 'utf8')) as typeof bundle;
  bundle.dsseEnvelope = other.dsseEnvelope;
  await writeFile(path, JSON.stringify(bundle));
  expect(await verified('--certificate-chain', 'root.pem')).toEqual([
    11,
    expect.stringContaining('not signed with the key of its certificate'),
  ]);
});

test.each([
  [['sign', 'model', '--key', 'other.key', '--certificate', 'leaf.pem'], 7],
  [['sign', 'model', '--certificate', 'leaf.pem'], 2],
  [['sign', 'model/weights.bin', '--key', 'leaf.key', '--certificate', 'leaf.pem'], 2],
  [['sign', 'model', '--key', 'leaf.key', '--certificate-chain', 'root.pem'], 2],
  [['verify', 'model', '--certificate-chain', 'none.pem'], 4],
  [['verify', 'model', '--certificate-chain', 'root.pem', '--certificate-oidc-issuer', 'https://a.example'], 2],
])('%j ends with %i', async (argv, code) => {
  const outcome = await pipe(...argv);
  expect([outcome.code, outcome.stderr]).toEqual([code, expect.stringContaining('error[')]);
});

describe.skipIf(!havePeer('model_signing'))('with model_signing', () => {
  const reference = async (...argv: readonly string[]): Promise<string> => runPeer('model_signing', argv, folder);

  test(
    'it verifies what we sign, and we what it signs',
    async () => {
      await signedBy('leaf');
      const signature = ['--signature', 'model/model.sig'];
      await reference('verify', 'certificate', 'model', ...signature, '--certificate_chain', 'root.pem');
      await expect(
        reference('verify', 'certificate', 'model', ...signature, '--certificate_chain', 'other-root.pem'),
      ).rejects.toThrow();
      const key = ['--private_key', 'leaf.key', '--signing_certificate', 'leaf.pem'];
      const chain = ['--certificate_chain', 'between.pem', '--signature', 'theirs/model.sig'];
      await reference('sign', 'certificate', 'theirs', ...key, ...chain);
      expect((await pipe('verify', 'theirs', '--certificate-chain', 'root.pem')).code).toBe(0);
      expect((await pipe('verify', 'theirs', '--certificate-chain', 'other-root.pem')).code).toBe(11);
    },
    SLOW,
  );
});
