import { describe, expect, test } from 'vitest';
import {
  admissionPolicy,
  ADMISSION_ENGINES,
  generateKeyPair,
  parsePolicy,
  type Identity,
} from '../../src/trust/index.js';
import { resourceProblems } from '../support/kubernetes-schemas.js';

const { publicKey } = await generateKeyPair('secret');
const KEY = `  - { name: release, key: { pem: ${JSON.stringify(publicKey)} } }\n`;
const CERTIFICATE = '  - { issuer: https://accounts.example.com, san: release@example.com }\n';

const policy = async (identities: string, rules = ''): ReturnType<typeof parsePolicy> =>
  parsePolicy(`identities:\n${identities}${rules}`, '/etc/Production Models.policy.yaml', {});

const RULES =
  'require: [signature, slsa, cyclonedx]\nsources: [hf://Qwen/*]\nlicenses: [MIT]\nquantizations: [Q8_0]\nformats: [modelpack]\nmaxAge: 90d\n';

describe.each(ADMISSION_ENGINES)('%s', (engine) => {
  test.each([
    ['a key', KEY, ''],
    ['a certificate', CERTIFICATE, ''],
    ['both, with predicates', KEY + CERTIFICATE, RULES],
    ['certificates without a log', CERTIFICATE, 'rekor: optional\nrequire: [slsa]\n'],
  ])('of %s is what the schema of its CRD wants', async (_name, identities, rules) => {
    const { resource } = await admissionPolicy(await policy(identities, rules), engine, {
      images: ['harbor.example.com/models/*'],
    });
    expect(resourceProblems(resource)).toEqual([]);
    expect(resourceProblems({ ...resource, spec: { ...(resource['spec'] as object), unknown: 1 } })).not.toEqual([]);
    expect(resource['metadata']).toEqual({ name: 'production-models' });
  });

  test('says which rules it leaves open', async () => {
    const { notExpressed } = await admissionPolicy(await policy(KEY, RULES), engine);
    const rules = notExpressed.map(({ rule }) => rule);
    expect(rules).toEqual(expect.arrayContaining(['sources', 'licenses', 'quantizations', 'formats', 'maxAge']));
    expect(rules.includes('require')).toBe(engine === 'policy-controller');
    expect((await admissionPolicy(await policy(KEY), engine)).notExpressed).toEqual([]);
    const builders = { ...(await policy(KEY)), identities: (await policy(KEY)).identities.map(withBuilders) };
    expect((await admissionPolicy(builders, engine)).notExpressed).toMatchObject([
      { rule: expect.stringContaining('builders') as string },
    ]);
  });

  test('warns when it is about every image', async () => {
    const all = await admissionPolicy(await policy(KEY), engine);
    const some = await admissionPolicy(await policy(KEY), engine, { images: ['h/*'] });
    expect(all.notes.length - some.notes.length).toBe(1);
  });
});

function withBuilders(identity: Identity): Identity {
  return { ...identity, builders: ['https://ci.example.com/*'] };
}

test('Kyverno looks at containers and at volumes of images, for every predicate', async () => {
  const { resource } = await admissionPolicy(await policy(KEY + CERTIFICATE, RULES), 'kyverno');
  const { validations, attestors, attestations } = resource['spec'] as {
    validations: { expression: string }[];
    attestors: { name: string; cosign: { key?: { data: string }; keyless?: object } }[];
    attestations: object[];
  };
  expect(validations).toHaveLength(3);
  for (const { expression } of validations) {
    for (const list of ['containers', 'initContainers', 'ephemeralContainers', 'volumes'])
      expect(expression).toContain(`images.${list}.map`);
    expect(expression).toContain('[attestors.identity1, attestors.identity2]');
  }
  expect(attestors[0]?.cosign.key?.data).toBe(publicKey);
  expect(attestors[1]?.cosign.keyless).toEqual({
    identities: [{ issuer: 'https://accounts.example.com', subject: 'release@example.com' }],
  });
  expect(attestations).toEqual([
    { name: 'predicate1', intoto: { type: 'https://slsa.dev/provenance/v1' } },
    { name: 'predicate2', intoto: { type: 'https://cyclonedx.org/bom' } },
  ]);
});

test('policy-controller reads signatures by keys in the older form, and attestations of certificates', async () => {
  const { resource } = await admissionPolicy(await policy(KEY + CERTIFICATE, RULES), 'policy-controller');
  const { authorities } = resource['spec'] as { authorities: { signatureFormat: string; attestations?: object[] }[] };
  expect(authorities.map(({ signatureFormat, attestations }) => [signatureFormat, attestations?.length])).toEqual([
    ['legacy', undefined],
    ['bundle', 2],
  ]);
});
