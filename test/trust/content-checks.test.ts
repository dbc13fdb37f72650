import { SlipwayError } from '../../src/core/index.js';
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { sha256, type JsonObject } from '../../src/files/index.js';
import { parseManifest } from '../../src/registry/index.js';
import {
  BUILD_TYPE,
  keyIdentity,
  LOCAL_BUILDER,
  PREDICATES,
  signaturePolicy,
  slsaPredicate,
  subjectOf,
  type ArtifactFacts,
  type Check,
  type Policy,
} from '../../src/trust/index.js';
import { contentChecks } from '../../src/trust/verify/content-checks.js';

// What a policy asks of an artifact's making and content, rule by rule: the statements are those of identities that are known.

const NOW = new Date('2026-11-30T12:00:00Z');
const HOUR = 3_600_000;
const weights = sha256('weights');
const manifest = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: sha256('{}'), size: 2 },
    layers: [
      {
        mediaType: 'application/octet-stream',
        digest: weights,
        size: 7,
        annotations: { 'org.opencontainers.image.title': 'model.gguf' },
      },
    ],
  }),
);
const digest = sha256(manifest);
const identity = keyIdentity(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey, 'release');
const base = signaturePolicy([identity]);

const made = (change: JsonObject = {}, finishedOn = new Date(NOW.getTime() - HOUR)): JsonObject => {
  const said = slsaPredicate({
    externalParameters: { source: 'hf://acme/tiny', variant: 'Q8_0' },
    internalParameters: {},
    dependencies: [{ name: 'acme/tiny', digest: { gitCommit: 'a'.repeat(40) } }],
    finishedOn,
  });
  return { ...said, ...change };
};

interface Case {
  readonly predicate?: JsonObject;
  readonly predicateType?: string;
  readonly subjects?: readonly string[];
  readonly facts?: Partial<ArtifactFacts>;
  /** Builders that the signer may speak for. */
  readonly builders?: readonly string[];
  readonly reading?: () => Promise<ArtifactFacts>;
}

async function checksOf(policy: Partial<Policy>, given: Case = {}): Promise<readonly Check[]> {
  const { predicate = made(), predicateType = PREDICATES.slsa, subjects = [digest, weights] } = given;
  const statement = { subject: subjects.map((one) => subjectOf(one as typeof digest)), predicateType, predicate };
  const envelope = { payloadType: '', payload: new Uint8Array(), signature: new Uint8Array() };
  const by = { ...identity, builders: given.builders };
  const found = { statement, envelope, material: { kind: 'key', hint: '' }, where: 'x', identity: by } as const;
  const facts: ArtifactFacts = { licenses: [], baseModels: [], weights: [weights], ...given.facts };
  const parsed = parseManifest(manifest, digest, 'application/vnd.oci.image.manifest.v1+json');
  return contentChecks(
    { digest, parsed, attestations: [found] },
    { policy: { ...base, ...policy }, facts: given.reading ?? (async () => facts), now: NOW },
  );
}

async function statusOf(check: string, policy: Partial<Policy>, given?: Case): Promise<string | undefined> {
  return (await checksOf(policy, given)).find((one) => one.check === check)?.status;
}

const SLSA = { requirePredicates: [PREDICATES.slsa] };

describe('provenance', () => {
  test('that covers manifest and weights passes', async () => {
    expect(await statusOf('provenance', SLSA)).toBe('pass');
  });

  test.each<[string, Case]>([
    ['without the weights among its subjects', { subjects: [digest] }],
    [
      'of a build type that the policy does not know',
      { predicate: made({ buildDefinition: { buildType: 'https://example.com/b/v1' } }) },
    ],
    [
      'with a parameter that its build type does not have',
      { predicate: made({ buildDefinition: { buildType: BUILD_TYPE, externalParameters: { run: 'sh' } } }) },
    ],
  ])('%s fails', async (_what, given) => {
    expect(await statusOf('provenance', SLSA, given)).toBe('fail');
  });

  test('is missing where the policy asks how it was made', async () => {
    const none = { predicateType: 'https://example.com/x/v1' };
    expect(await statusOf('provenance', { sources: ['hf://acme/*'] }, none)).toBe('fail');
    expect(await statusOf('provenance', { maxAge: HOUR }, none)).toBe('fail');
  });
});

describe('a source', () => {
  test.each([
    ['hf://acme/*', 'pass'],
    ['hf://acme/tiny', 'pass'],
    ['hf://acme/tin', 'fail'],
    ['hf://*/x', 'fail'],
    ['acme/tiny', 'fail'],
  ])('%s: %s', async (pattern, status) => {
    expect(await statusOf('source', { sources: [pattern] })).toBe(status);
  });

  test('of the Hub without its commit fails', async () => {
    const predicate = made({
      buildDefinition: { buildType: BUILD_TYPE, externalParameters: { source: 'hf://acme/tiny' } },
    });
    expect(await statusOf('source', { sources: ['hf://acme/*'] }, { predicate })).toBe('fail');
  });
});

test('an age: as old as allowed, older, of the future, and unknown', async () => {
  const at = (hours: number): Case => ({ predicate: made({}, new Date(NOW.getTime() - hours * HOUR)) });
  const policy = { maxAge: 2 * HOUR };
  expect(await statusOf('age', policy, at(2))).toBe('pass');
  expect(await statusOf('age', policy, at(2.1))).toBe('fail');
  expect(await statusOf('age', policy, at(-1))).toBe('fail');
  const { buildDefinition } = made();
  expect(await statusOf('age', policy, { predicate: { buildDefinition: buildDefinition ?? {} } })).toBe('fail');
});

test('a builder', async () => {
  expect(await statusOf('builder', { builders: [LOCAL_BUILDER] })).toBe('pass');
  expect(await statusOf('builder', { builders: ['https://example.com/b'] })).toBe('fail');
});

test('licences: all of them, and one at least', async () => {
  const policy = { licenses: ['MIT', 'Apache-2.0'] };
  expect(await statusOf('license', policy, { facts: { licenses: ['MIT'] } })).toBe('pass');
  expect(await statusOf('license', policy, { facts: { licenses: ['MIT', 'GPL-3.0'] } })).toBe('fail');
  expect(await statusOf('license', policy, { facts: { licenses: [] } })).toBe('fail');
});

test('format, quantization and base model', async () => {
  const facts = { format: 'modelpack', quantization: 'Q8_0', baseModels: ['acme/big'] };
  expect(await statusOf('format', { formats: ['modelpack'] }, { facts })).toBe('pass');
  expect(await statusOf('format', { formats: ['cnai'] }, { facts })).toBe('fail');
  expect(await statusOf('quantization', { quantizations: ['Q8_0'] }, { facts })).toBe('pass');
  expect(await statusOf('quantization', { quantizations: ['Q8_0'] })).toBe('fail');
  expect(await statusOf('baseModel', { baseModels: ['acme/*'] }, { facts })).toBe('pass');
  expect(await statusOf('baseModel', { baseModels: ['other/*'] }, { facts })).toBe('fail');
});

test('a score: reached, missed, not there', async () => {
  const predicateType = 'https://example.com/scores/v1';
  const given = { predicateType, predicate: { metrics: { accuracy: 0.7 } } };
  const rule = { predicateType, metric: 'metrics.accuracy' };
  const status = async (limit: object, one: Case = given): Promise<string | undefined> =>
    statusOf('evaluation metrics.accuracy', { evaluation: [{ ...rule, ...limit }] }, one);
  expect([await status({ min: 0.7 }), await status({ min: 0.71 })]).toEqual(['pass', 'fail']);
  expect([await status({ max: 0.7 }), await status({ max: 0.69 })]).toEqual(['pass', 'fail']);
  expect([await status({}, {}), await status({ required: true }, {})]).toEqual(['skipped', 'fail']);
  expect(await status({ min: 0 }, { ...given, predicate: { metrics: { accuracy: 'high' } } })).toBe('fail');
});

test("a source's own signer, as the provenance has it", async () => {
  const signedBy = (name: string): Case => {
    const said = made();
    const definition = said['buildDefinition'] as JsonObject;
    const dependency = { name: 'acme/tiny', digest: { gitCommit: 'a'.repeat(40) } };
    const resolvedDependencies = [{ ...dependency, annotations: { modelSignature: { identity: name } } }];
    return { predicate: { ...said, buildDefinition: { ...definition, resolvedDependencies } } };
  };
  const rule = (required: boolean): Partial<Policy> => ({ sourceSignature: { required, identities: [identity] } });
  expect(await statusOf('sourceSignature', rule(true), signedBy('release'))).toBe('pass');
  expect(await statusOf('sourceSignature', rule(false), signedBy('stranger'))).toBe('fail');
  expect(await statusOf('sourceSignature', rule(false))).toBe('skipped');
  expect(await statusOf('sourceSignature', rule(true))).toBe('fail');
});

test('an identity speaks for the builders that it is trusted with, and no others', async () => {
  expect(await statusOf('builder', SLSA, { builders: ['https://ci.example.com/*'] })).toBe('fail');
  expect(await statusOf('builder', SLSA, { builders: [LOCAL_BUILDER] })).toBeUndefined();
});

test('a source may be allowed at one commit alone', async () => {
  expect(await statusOf('source', { sources: [`hf://acme/tiny@${'a'.repeat(40)}`] })).toBe('pass');
  expect(await statusOf('source', { sources: [`hf://acme/tiny@${'b'.repeat(40)}`] })).toBe('fail');
});

describe('a bill of materials', () => {
  const BOM = { requirePredicates: [PREDICATES.cyclonedx] };
  const of = (content: string | undefined): Case => ({
    predicateType: PREDICATES.cyclonedx,
    predicate: {
      bomFormat: 'CycloneDX',
      metadata: { component: content === undefined ? {} : { hashes: [{ alg: 'SHA-256', content }] } },
    },
  });

  test.each<[string, string | undefined, string]>([
    ['of the manifest', digest.slice(7), 'pass'],
    ['of the weights in it', weights.slice(7), 'pass'],
    ['of another artifact', 'c'.repeat(64), 'fail'],
    ['that names no digest', undefined, 'skipped'],
  ])('%s', async (_what, content, status) => {
    expect(await statusOf('bom', BOM, of(content))).toBe(status);
  });
});

describe('what an artifact holds', () => {
  test('is compared with its provenance when that is asked for', async () => {
    const facts = { said: { tensors: 2, fileType: 'Q4_0' }, declaredType: 'Q8_0' };
    expect(await statusOf('fileType', SLSA, { facts })).toBe('fail');
    expect(await statusOf('fileType', {}, { facts })).toBeUndefined();
  });

  test.each([
    ['malformed weights', 'GGUF_INVALID', SLSA, ['content', 'fail']],
    ['no model, where nothing is asked of one', 'FORMAT_UNSUPPORTED', SLSA, ['weights', 'skipped']],
    ['no model, where its format is asked for', 'FORMAT_UNSUPPORTED', { formats: ['oras'] }, ['content', 'fail']],
  ] as const)('that cannot be read: %s', async (_what, code, policy, [check, status]) => {
    const failing = Promise.reject(new SlipwayError(code, 'it cannot be read'));
    expect(await statusOf(check, policy, { reading: async () => failing })).toBe(status);
  });

  test('is not judged when it cannot be asked for', async () => {
    const failing = Promise.reject(new SlipwayError('NET_TIMEOUT', 'no answer'));
    await expect(checksOf(SLSA, { reading: async () => failing })).rejects.toMatchObject({ code: 'NET_TIMEOUT' });
  });
});
