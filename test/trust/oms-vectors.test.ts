import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../src/files/index.js';
import { verifyDirectoryReport, verifyFileReport } from '../../src/stages/trust/verify-local.js';
import {
  certificateVerifierOf,
  compareWithSignature,
  keyIdentity,
  keySigner,
  openModelSignature,
  parseBundle,
  readPublicKey,
  sealStatement,
  signaturePolicy,
  signModel,
  type Policy,
  type VerifyReport,
} from '../../src/trust/index.js';

// Models that the releases of the reference implementation have signed (sigstore/model-transparency), and the bundles of the specification.

interface Vectors {
  readonly publicKey: string;
  readonly models: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly bundles: Readonly<Record<string, string>>;
}

async function fixture(name: string): Promise<unknown> {
  return JSON.parse(await readFile(new URL(`../fixtures/sigstore/${name}`, import.meta.url), 'utf8'));
}

const { publicKey, models, bundles } = (await fixture('model-signing.json')) as Vectors;
const { trustedRoots } = (await fixture('conformance.json')) as { trustedRoots: Record<string, string> };
const WHO = { issuer: 'https://sigstore.verify.ibm.com/oauth2', san: 'stefanb@us.ibm.com' };

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-oms-vectors-'));
  await writeFile(join(folder, 'root.json'), trustedRoots['production'] ?? '');
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

/** Who is to have signed a vector, by the kind of signature that its name ends in. */
function policyFor(name: string, who = WHO): Policy {
  const identity = name.endsWith('-sigstore')
    ? ({ kind: 'certificate', name: who.san, ...who } as const)
    : keyIdentity(readPublicKey(publicKey, 'signing-key-pub.pem'), 'signing key');
  return { ...signaturePolicy([identity]), trustedRoot: join(folder, 'root.json') };
}

async function verified(name: string, files: Readonly<Record<string, string>>, policy: Policy): Promise<VerifyReport> {
  const directory = join(folder, name);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory);
  for (const [path, text] of Object.entries(files)) await writeFile(join(directory, path), text);
  const [only, ...others] = Object.keys(files).filter((path) => path !== 'model.sig');
  const signature = join(directory, 'model.sig');
  return others.length === 0
    ? verifyFileReport(join(directory, only ?? ''), signature, policy)
    : verifyDirectoryReport(directory, signature, policy);
}

// What releases before 1.0 wrote under another predicate type is not read.
const current = Object.entries(models).filter(([name]) => name !== 'v0.2.0-certificate');

describe.each(current)('%s', (name, files) => {
  test('is accepted by who signed it', async () => {
    const { verdict, checks } = await verified(name, files, policyFor(name));
    expect([verdict, checks.filter(({ status }) => status !== 'pass')]).toEqual(['accepted', []]);
  });

  test('is refused with other bytes, and with another signer', async () => {
    const changed = { ...files, 'signme-1': `${files['signme-1'] ?? ''}!` };
    expect((await verified(name, changed, policyFor(name))).verdict).toBe('refused');
    const other = policyFor('x-sigstore', { ...WHO, san: 'tefanb@us.ibm.com' });
    expect((await verified(name, files, other)).verdict).toBe('refused');
  });
});

test('a signature of an older predicate type is refused', async () => {
  const name = 'v0.2.0-certificate';
  const { verdict, checks } = await verified(name, models[name] ?? expect.fail(), policyFor(name));
  expect([verdict, checks[0]?.reason]).toEqual(['refused', expect.stringContaining('Digests/v0.1')]);
});

describe('the bundles of the specification', () => {
  const open = async (name: string): Promise<unknown> => {
    const identities = [...policyFor('key').identities, ...policyFor('x-sigstore').identities];
    const byCertificate = certificateVerifierOf(policyFor('x-sigstore'));
    return openModelSignature(Buffer.from(bundles[name] ?? expect.fail()), name, identities, byCertificate);
  };

  test.each(Object.keys(bundles).filter((name) => name.startsWith('invalid')))('%s is refused', async (name) => {
    await expect(open(name)).rejects.toMatchObject({
      code: expect.stringMatching(/^(ATTESTATION_INVALID|TRUST_REFUSED)$/) as string,
    });
  });

  test.each(Object.keys(bundles).filter((name) => name.startsWith('valid')))('%s is accepted', async (name) => {
    await expect(open(name)).resolves.toMatchObject({ method: 'files' });
  });
});

test('a signature whose subject is not the digest of its resources is refused', async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signer = keySigner(privateKey);
  const identities = [keyIdentity(signer.publicKey, 'k')];
  const made = await signModel('m', [{ name: 'a', digest: sha256('a') }], signer);
  await expect(openModelSignature(made, 'm', identities)).resolves.toMatchObject({ method: 'files' });
  const statement = Buffer.from(parseBundle(made, 'm').envelope.payload).toString();
  const other = statement.replace(/"subject":\[\{"name":"m","digest":\{"sha256":"[0-9a-f]/, (start) =>
    start.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')),
  );
  expect(other).not.toBe(statement);
  const sealed = await sealStatement(Buffer.from(other), signer);
  await expect(openModelSignature(sealed, 'm', identities)).rejects.toMatchObject({ code: 'ATTESTATION_INVALID' });
});

test.each([['../a'], ['/a'], ['a/../../b'], ['a//b'], ['./a'], ['a/'], ['a', 'a']])(
  'a signature over resources that are called %j is refused',
  async (...names) => {
    const signer = keySigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
    const files = names.map((name) => ({ name, digest: sha256('a') }));
    const made = await signModel('m', files, signer);
    await expect(openModelSignature(made, 'm', [keyIdentity(signer.publicKey, 'k')])).rejects.toMatchObject({
      code: 'ATTESTATION_INVALID',
    });
  },
);

test('what is there and was not signed, what was signed and is not there, and what is another are told apart', async () => {
  const signer = keySigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
  const file = (name: string, content = name): { name: string; digest: ReturnType<typeof sha256> } => ({
    name,
    digest: sha256(content),
  });
  const made = await signModel('m', [file('a'), file('b'), file('c')], signer);
  const signed = await openModelSignature(made, 'm', [keyIdentity(signer.publicKey, 'k')]);
  expect(compareWithSignature(signed, [file('a'), file('b', 'other'), file('d')])).toEqual({
    missing: ['c'],
    unsigned: ['d'],
    changed: ['b'],
  });
});
