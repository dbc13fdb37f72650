import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyFileReport } from '../../src/stages/trust/verify-local.js';
import {
  keyIdentity,
  parseFileBundle,
  parseStatement,
  readPublicKey,
  signaturePolicy,
  type Policy,
  type VerifyReport,
} from '../../src/trust/index.js';

// The bundles that every Sigstore client is tried with (sigstore/sigstore-conformance), against the trusted roots that are stored with
// them: those that end in `_fail` have to be refused. Nothing is asked of the network.

interface Vector {
  readonly bundle: string;
  readonly trustedRoot?: string;
  readonly key?: string;
  readonly artifact?: string;
  readonly identity?: string;
  readonly issuer?: string;
}

interface Vectors {
  readonly artifact: string;
  readonly trustedRoots: Readonly<Record<string, string>>;
  readonly vectors: Readonly<Record<string, Vector>>;
}

const vectors = JSON.parse(
  await readFile(new URL('../fixtures/sigstore/conformance.json', import.meta.url), 'utf8'),
) as Vectors;
const BEACON =
  'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main';
const GITHUB = 'https://token.actions.githubusercontent.com';

describe('the bundles of sigstore-conformance', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-conformance-'));
  });
  afterAll(async () => rm(folder, { recursive: true, force: true }));

  async function verified(name: string, vector: Vector): Promise<VerifyReport> {
    const [file, bundle, root] = ['artifact', 'bundle.json', 'root.json'].map((one) => join(folder, `${name}-${one}`));
    if (file === undefined || bundle === undefined || root === undefined) return expect.fail();
    await writeFile(file, vector.artifact ?? vectors.artifact);
    await writeFile(bundle, vector.bundle);
    await writeFile(root, vectors.trustedRoots[vector.trustedRoot ?? 'production'] ?? expect.fail());
    const { identity: san = BEACON, issuer = GITHUB, key } = vector;
    const identity =
      key === undefined
        ? ({ kind: 'certificate', name: san, issuer, san } as const)
        : keyIdentity(readPublicKey(key, 'key.pub'), 'key.pub');
    const policy: Policy = { ...signaturePolicy([identity]), trustedRoot: root };
    return verifyFileReport(file, bundle, wantingWhatIsSaid(policy, vector.bundle));
  }

  test.each(Object.entries(vectors.vectors))('%s', async (name, vector) => {
    if (name === 'managed-key-wrong-key_fail') {
      // Its key is damaged: nothing can be verified with it.
      await expect(verified(name, vector)).rejects.toMatchObject({ code: 'KEY_INVALID' });
      return;
    }
    const { verdict, checks } = await verified(name, vector);
    const said = checks.filter(({ status }) => status !== 'pass');
    if (name.endsWith('_fail')) expect([verdict, said.length > 0]).toEqual(['refused', true]);
    else expect([verdict, said]).toEqual(['accepted', []]);
  });

  test('a proof that names another state of the log than its checkpoint is refused', async () => {
    const { 'happy-path-v0.3': good = expect.fail() } = vectors.vectors;
    for (const field of ['treeSize', 'rootHash']) {
      const from = new RegExp(`"${field}":\\s*"([^"]+)"`);
      const [whole, value = ''] = from.exec(good.bundle) ?? expect.fail();
      const other = value.startsWith('1') || value.startsWith('A') ? `2${value.slice(1)}` : `1${value.slice(1)}`;
      const bundle = good.bundle.replace(whole, whole.replace(value, other));
      expect((await verified(`proof-${field}`, { ...good, bundle })).verdict).toBe('refused');
    }
  });

  test('a bundle by a managed key is refused for another key, and for another file', async () => {
    const { 'managed-key-happy-path': ours = expect.fail() } = vectors.vectors;
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    expect((await verified('another-key', { ...ours, key })).verdict).toBe('refused');
    expect((await verified('another-file', { ...ours, artifact: 'another' })).verdict).toBe('refused');
    expect((await verified('itself', ours)).verdict).toBe('accepted');
  });
});

/** The vectors are about signatures: a statement of any type will do. */
function wantingWhatIsSaid(policy: Policy, text: string): Policy {
  try {
    const bundle = parseFileBundle(Buffer.from(text), 'bundle');
    if (!('envelope' in bundle)) return policy;
    const { predicateType } = parseStatement(bundle.envelope.payload, 'statement');
    return { ...policy, requireSignature: false, requirePredicates: [predicateType] };
  } catch {
    return policy;
  }
}
