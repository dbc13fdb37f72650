import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sha256 } from '../../src/files/index.js';
import { openRegistry, pushArtifacts, type Descriptor, type RegistryTarget } from '../../src/registry/index.js';
import { startTestRegistry, type TestRegistry, type TestRegistryOptions } from '../../src/testing/index.js';
import {
  attachBundle,
  attestOnce,
  bundleBytes,
  keyIdentity,
  keySigner,
  legacyTag,
  PREDICATES,
  signaturePolicy,
  signEnvelope,
  signManifest,
  statementBytes,
  subjectOf,
  verifyArtifact,
  type Policy,
  type Signer,
  type Statement,
  type VerifyReport,
} from '../../src/trust/index.js';
import { sampleArtifact, sampleFile } from '../registry/samples.js';

const NOW = new Date('2026-11-30T12:00:00Z');

function newSigner(): Signer {
  return keySigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
}

function policyFor(...keys: readonly KeyObject[]): Policy {
  return signaturePolicy(keys.map((key) => keyIdentity(key, 'release')));
}

describe.each([
  ['with the referrers API', {}],
  ['without it', { referrers: false }],
] satisfies [string, TestRegistryOptions][])('a registry %s', (_name, options) => {
  let registry: TestRegistry;
  let target: RegistryTarget;
  let subject: Descriptor;
  const ours = newSigner();
  const theirs = newSigner();

  beforeEach(async () => {
    registry = await startTestRegistry(options);
    target = openRegistry(`${registry.host}/team/model`);
    await pushArtifacts(target, [sampleArtifact('a', [sampleFile('model.gguf', 1, 1000)])], { tags: () => ['v1'] });
    subject = await target.resolve('v1');
  });
  afterEach(async () => registry.close());

  const verify = async (policy: Policy = policyFor(ours.publicKey)): Promise<VerifyReport> =>
    verifyArtifact(target, 'v1', { policy, now: NOW });

  const attach = async (
    statement: Statement,
    signer: Signer,
    change = (bytes: Uint8Array): Uint8Array => bytes,
  ): Promise<void> => {
    const envelope = await signEnvelope(statementBytes(statement), signer);
    const bytes = change(bundleBytes(envelope, signer.publicKey));
    await attachBundle(target, subject, { bytes, predicateType: statement.predicateType });
  };
  const signed = (digest = subject.digest): Statement => ({
    subject: [subjectOf(digest)],
    predicateType: PREDICATES.sign,
    predicate: {},
  });

  test('signed by us: accepted; by another key: refused', async () => {
    await signManifest(target, subject, ours);
    expect(await verify()).toMatchObject({ ok: true, verdict: 'accepted', digest: subject.digest });
    expect(await verify(policyFor(theirs.publicKey))).toMatchObject({ ok: false, verdict: 'refused' });
    expect((await verify(policyFor(theirs.publicKey, ours.publicKey))).verdict).toBe('accepted');
    expect(registry.problems()).toEqual([]);
  });

  test('not signed: refused, and why is said', async () => {
    const { verdict, checks } = await verify();
    expect([verdict, checks.at(-1)?.reason]).toEqual(['refused', 'not signed']);
  });

  test('a second signing adds nothing', async () => {
    expect((await signManifest(target, subject, ours)).map(({ how }) => how)).toEqual(['added', 'added']);
    const before = registry.manifests('team/model').size;
    expect((await signManifest(target, subject, ours)).map(({ how }) => how)).toEqual(['exists', 'exists']);
    expect(registry.manifests('team/model').size).toBe(before);
    // A second key adds its own, beside the first.
    await signManifest(target, subject, theirs);
    expect((await verify(policyFor(theirs.publicKey))).verdict).toBe('accepted');
    expect((await verify()).verdict).toBe('accepted');
  });

  test('signing asks for nothing of the subject', async () => {
    const before = registry.requests.length;
    await signManifest(target, subject, ours);
    const asked = registry.requests.slice(before).filter(({ path }) => path.includes(`/manifests/${subject.digest}`));
    expect(asked).toEqual([]);
  });

  test('the older form alone is accepted, unless the policy says no', async () => {
    await signManifest(target, subject, ours);
    const policy = policyFor(ours.publicKey);
    for (const [digest] of registry.manifests('team/model')) {
      if (
        digest !== subject.digest &&
        !registry
          .tags('team/model')
          .get(`${subject.digest.replace(':', '-')}.sig`)
          ?.includes(digest)
      )
        await target.deleteManifest(digest);
    }
    expect((await verify(policy)).checks.at(-1)?.reason).toContain('the tag that cosign up to 2.5 uses');
    expect((await verify({ ...policy, allowLegacySignature: false })).verdict).toBe('refused');
  });

  test('the older form of another manifest, put under our tag, is no signature', async () => {
    await pushArtifacts(target, [sampleArtifact('b', [sampleFile('model.gguf', 2, 1000)])], { tags: () => ['v2'] });
    const other = await target.resolve('v2');
    await signManifest(target, other, ours);
    const theirs = await target.readManifest(legacyTag(other.digest));
    const stored = await target.pushManifest(theirs.bytes, theirs.descriptor.mediaType);
    await target.tag(stored, legacyTag(subject.digest));
    expect((await verify()).verdict).toBe('refused');
  });

  test('provenance by our key is no signature', async () => {
    const statement = { ...signed(), predicateType: PREDICATES.slsa };
    await attestOnce(target, subject, statement, ours);
    const { verdict, checks } = await verify();
    expect(verdict).toBe('refused');
    expect(checks.at(-1)?.reason).toContain('what the identities attested is no signature');
  });

  test('a signature about another digest is none', async () => {
    await attach(signed(sha256('something else')), ours);
    const { verdict, checks } = await verify();
    expect([verdict, checks.at(-1)?.reason]).toEqual([
      'refused',
      'the signature attached to it is about another digest',
    ]);
  });

  test('foreign and broken bundles beside ours change nothing', async () => {
    await attach(signed(), theirs);
    await attach(signed(), theirs, () => Buffer.from('{'));
    await attach({ ...signed(), predicateType: PREDICATES.oms, subject: [subjectOf(sha256('x'))] }, theirs);
    expect((await verify()).verdict).toBe('refused');
    await signManifest(target, subject, ours, { legacy: false });
    const report = await verify();
    expect([report.verdict, report.evidence.unreadable.length]).toEqual(['accepted', 1]);
  });

  const changed =
    (from: string, to: string) =>
    (bytes: Uint8Array): Uint8Array => {
      const text = Buffer.from(bytes).toString();
      if (!text.includes(from)) throw new Error(`no ${from}`);
      return Buffer.from(text.replace(from, to));
    };
  const inPayload =
    (edit: (text: string) => string) =>
    (bytes: Uint8Array): Uint8Array => {
      const bundle = JSON.parse(Buffer.from(bytes).toString()) as { dsseEnvelope: { payload: string } };
      const payload = edit(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString());
      bundle.dsseEnvelope.payload = Buffer.from(payload).toString('base64');
      return Buffer.from(JSON.stringify(bundle));
    };

  test.each([
    ['an unknown member', changed('{"mediaType"', '{"extra":1,"mediaType"')],
    ['a doubled key', changed('"dsseEnvelope":', '"dsseEnvelope":{},"dsseEnvelope":')],
    ['another payload type', changed('application/vnd.in-toto+json', 'application/vnd.in-totO+json')],
    ['another media type', changed('bundle.v0.3+json', 'bundle.v0.9+json')],
    ['two signatures', changed('"signatures":[{', '"signatures":[{"sig":"AAAA"},{')],
    [
      'no signature',
      (bytes) =>
        changed(/"signatures":\[.*?\]/.exec(Buffer.from(bytes).toString())?.[0] ?? '', '"signatures":[]')(bytes),
    ],
    ['another payload', inPayload((text) => `${text} `)],
    ['another signature', changed('"sig":"M', '"sig":"N')],
    ['an oversized bundle', (bytes) => Buffer.concat([Buffer.alloc(11 * 1024 * 1024, 0x20), bytes])],
  ] as [string, (bytes: Uint8Array) => Uint8Array][])('%s is refused', async (_what, change) => {
    await attach(signed(), ours, change);
    expect((await verify()).verdict).toBe('refused');
  });

  test('sixty referrers do not hide ours', async () => {
    for (let index = 0; index < 60; index += 1) {
      await attach({ ...signed(), predicate: { index } }, theirs);
    }
    await signManifest(target, subject, ours, { legacy: false });
    const report = await verify();
    expect([report.verdict, report.evidence.attestations]).toEqual(['accepted', 61]);
  });

  test('a digest that is pinned and another', async () => {
    await signManifest(target, subject, ours);
    const report = await verifyArtifact(target, 'v1', {
      policy: policyFor(ours.publicKey),
      now: NOW,
      digest: sha256('x'),
    });
    expect([report.verdict, report.checks[0]?.status]).toEqual(['refused', 'fail']);
  });

  test('required predicates must be attested, by an identity of the policy', async () => {
    await signManifest(target, subject, ours);
    const policy = { ...policyFor(ours.publicKey), requirePredicates: ['https://example.com/p/v1'] };
    expect((await verify(policy)).verdict).toBe('refused');
    await attestOnce(target, subject, { ...signed(), predicateType: 'https://example.com/p/v1' }, theirs);
    expect((await verify(policy)).verdict).toBe('refused');
    await attestOnce(target, subject, { ...signed(), predicateType: 'https://example.com/p/v1' }, ours);
    expect((await verify(policy)).verdict).toBe('accepted');
  });

  test('blobs are read when asked for', async () => {
    await signManifest(target, subject, ours);
    registry.fail({ fault: { kind: 'corrupt' }, method: 'GET', path: /\/blobs\//, times: 99, skip: 3 });
    const report = await verifyArtifact(target, 'v1', { policy: policyFor(ours.publicKey), now: NOW, blobs: true });
    expect(report.checks.at(-1)).toMatchObject({ check: 'blobs', status: 'fail' });
  });
});

test('the public key of a signer is the one of its private key', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  expect(keySigner(privateKey).publicKey.equals(createPublicKey(privateKey))).toBe(true);
});
