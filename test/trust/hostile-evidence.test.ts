import { generateKeyPairSync, sign as signBytes, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { SlipwayError, type Digest } from '../../src/core/index.js';
import { sha256 } from '../../src/files/index.js';
import type { Descriptor, ReadableTarget } from '../../src/registry/index.js';
import {
  keyIdentity,
  parsePolicy,
  PREDICATES,
  signaturePolicy,
  verifyArtifact,
  type Policy,
} from '../../src/trust/index.js';
import { preAuthEncoding } from '../../src/trust/bundle/dsse.js';
import { hashOf } from '../../src/trust/keys/signer.js';

// Evidence as an account with the right to push could attach it: each case is built by hand, byte for byte, and has one right answer.

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const IN_TOTO = 'application/vnd.in-toto+json';
const EMPTY = { mediaType: 'application/vnd.oci.empty.v1+json', digest: sha256('{}'), size: 2 };
const NOW = new Date('2026-11-30T12:00:00Z');

/** A repository in memory: what is attached is what a case puts there. */
class Repository {
  readonly name = 'registry.example.com/m/a';
  readonly #content = new Map<string, Buffer>();
  readonly #listed = new Map<Digest, Descriptor[]>();

  manifest(value: object, tag?: string): Descriptor {
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, ...value }));
    const digest = this.blob(bytes);
    if (tag !== undefined) this.#content.set(tag, bytes);
    return { mediaType: (value as { mediaType?: string }).mediaType ?? MANIFEST, digest, size: bytes.byteLength };
  }

  blob(bytes: Uint8Array): Digest {
    const digest = sha256(bytes);
    this.#content.set(digest, Buffer.from(bytes));
    return digest;
  }

  attach(subject: Descriptor, bundle: Buffer, change: object = {}): void {
    const layer = { mediaType: BUNDLE, digest: this.blob(bundle), size: bundle.byteLength };
    const manifest = this.manifest({ artifactType: BUNDLE, config: EMPTY, layers: [layer], subject, ...change });
    this.#listed.set(subject.digest, [
      ...(this.#listed.get(subject.digest) ?? []),
      { ...manifest, artifactType: BUNDLE },
    ]);
  }

  readonly stop: { reason?: SlipwayError } = {};

  get target(): ReadableTarget & { readonly name: string } {
    const read = (name: string): Buffer => {
      const bytes = this.#content.get(name);
      if (bytes === undefined) throw new SlipwayError('OCI_NOT_FOUND', `there is no '${name}'`);
      return bytes;
    };
    const readManifest: ReadableTarget['readManifest'] = async (name) => {
      const bytes = read(name);
      const mediaType = (JSON.parse(bytes.toString()) as { mediaType: string }).mediaType;
      return { bytes, descriptor: { mediaType, digest: sha256(bytes), size: bytes.byteLength } };
    };
    return {
      name: this.name,
      readManifest,
      resolve: async (name) => (await readManifest(name)).descriptor,
      async *readBlob({ digest }) {
        yield read(digest);
      },
      tags: async () => [],
      referrers: async (digest) => this.#listed.get(digest) ?? [],
      referrersSoFar: async (digest) => ({
        found: this.#listed.get(digest) ?? [],
        ...(this.stop.reason !== undefined && { stopped: this.stop.reason }),
      }),
    };
  }
}

const pair = (): { publicKey: KeyObject; privateKey: KeyObject } => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const [ours, theirs] = [pair(), pair()];

interface World {
  readonly repository: Repository;
  readonly subject: Descriptor;
}

function world(): World {
  const repository = new Repository();
  return { repository, subject: repository.manifest({ config: EMPTY, layers: [] }, 'v1') };
}

const hexOf = ({ digest }: Descriptor): string => digest.slice('sha256:'.length);

/** Parts of a bundle; each case changes one of them. */
interface Parts {
  readonly key?: KeyObject;
  readonly payloadType?: string;
  /** What the envelope says, where it is not what was signed. */
  readonly saidType?: string;
  readonly statement?: object;
  /** The statement's text, where JSON.stringify would not write it. */
  readonly text?: string;
  readonly envelope?: object;
  readonly bundle?: object;
  readonly encode?: (bytes: Buffer) => string;
  readonly sign?: (bytes: Uint8Array, key: KeyObject) => Buffer;
  /** The bundle's text, changed. */
  readonly edit?: (text: string) => string;
}

const statementAbout = (subject: Descriptor, change: object = {}): object => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ digest: { sha256: hexOf(subject) } }],
  predicateType: PREDICATES.sign,
  predicate: {},
  ...change,
});

function bundleOf(subject: Descriptor, parts: Parts = {}): Buffer {
  const { key = ours.privateKey, payloadType = IN_TOTO, statement = statementAbout(subject) } = parts;
  const { encode = (bytes) => bytes.toString('base64'), edit = (text) => text } = parts;
  const { sign = (bytes, signer) => signBytes('sha256', bytes, signer) } = parts;
  const payload = Buffer.from(parts.text ?? JSON.stringify(statement));
  const sig = encode(sign(preAuthEncoding(payloadType, payload), key));
  const envelope = { payload: encode(payload), payloadType: parts.saidType ?? payloadType, signatures: [{ sig }] };
  const bundle = {
    mediaType: BUNDLE,
    verificationMaterial: { publicKey: { hint: '' } },
    dsseEnvelope: { ...envelope, ...parts.envelope },
    ...parts.bundle,
  };
  return Buffer.from(edit(JSON.stringify(bundle)));
}

/** A signature in whose base64 the two alphabets differ: one in twenty is the same in both. */
function signatureWithSigns(bytes: Uint8Array, key: KeyObject): Buffer {
  for (;;) {
    const signature = signBytes('sha256', bytes, key);
    if (/[+/]/.test(signature.toString('base64'))) return signature;
  }
}

const SIGNED: Policy = signaturePolicy([keyIdentity(ours.publicKey, 'release')]);

async function verdictOf({ repository }: World, policy: Partial<Policy> = {}): Promise<string> {
  return (await verifyArtifact(repository.target, 'v1', { policy: { ...SIGNED, ...policy }, now: NOW })).verdict;
}

describe('one bundle alone', () => {
  const about =
    (change: (subject: Descriptor) => object): ((subject: Descriptor) => Parts) =>
    (subject) => ({
      statement: statementAbout(subject, change(subject)),
    });
  test.each<[string, (subject: Descriptor) => Parts, 'accepted' | 'refused']>([
    ['as it should be', () => ({}), 'accepted'],
    ['by a foreign key', () => ({ key: theirs.privateKey }), 'refused'],
    ['of another payload type, signed so', () => ({ payloadType: 'application/json' }), 'refused'],
    ['of another payload type than was signed', () => ({ saidType: 'application/json' }), 'refused'],
    ['signed as another type than it says', () => ({ payloadType: 'text/plain', saidType: IN_TOTO }), 'refused'],
    [
      'about a digest in upper case',
      about((s) => ({ subject: [{ digest: { sha256: hexOf(s).toUpperCase() } }] })),
      'refused',
    ],
    ['about a digest with its algorithm', about((s) => ({ subject: [{ digest: { sha256: s.digest } }] })), 'refused'],
    [
      'about the digest by another algorithm',
      about((s) => ({ subject: [{ digest: { sha512: hexOf(s) } }] })),
      'refused',
    ],
    ['about the digest as SHA256', about((s) => ({ subject: [{ digest: { SHA256: hexOf(s) } }] })), 'refused'],
    ['about its name alone', about(() => ({ subject: [{ name: 'registry.example.com/m/a:v1' }] })), 'refused'],
    ['about nothing', about(() => ({ subject: [] })), 'refused'],
    ['about a number', about(() => ({ subject: [{ digest: { sha256: 1 } }] })), 'refused'],
    ['about no list', about((s) => ({ subject: { digest: { sha256: hexOf(s) } } })), 'refused'],
    [
      'about two, one of them this',
      about((s) => ({ subject: [{ digest: { sha256: '0'.repeat(64) } }, { digest: { sha256: hexOf(s) } }] })),
      'accepted',
    ],
    [
      'about two others',
      about(() => ({ subject: [{ digest: { sha256: '0'.repeat(64) } }, { digest: { sha256: '1'.repeat(64) } }] })),
      'refused',
    ],
    [
      'of more subjects than any',
      about((s) => ({ subject: Array.from({ length: 1025 }, () => ({ digest: { sha256: hexOf(s) } })) })),
      'refused',
    ],
    ['of statement v0.1', about(() => ({ _type: 'https://in-toto.io/Statement/v0.1' })), 'accepted'],
    ['of statement v2', about(() => ({ _type: 'https://in-toto.io/Statement/v2' })), 'refused'],
    ['of no statement type', about(() => ({ _type: undefined })), 'refused'],
    ['without predicate', about(() => ({ predicate: undefined })), 'accepted'],
    ['with fields that are not known in its statement', about(() => ({ extra: { a: 1 } })), 'accepted'],
    ['of provenance', about(() => ({ predicateType: PREDICATES.slsa })), 'refused'],
    ['of a predicate type that only begins so', about(() => ({ predicateType: `${PREDICATES.sign}.1` })), 'refused'],
    ['of no predicate type', about(() => ({ predicateType: '' })), 'refused'],
    [
      'with a doubled subject',
      (s) => ({ text: JSON.stringify(statementAbout(s)).replace('"subject"', '"subject":[],"subject"') }),
      'refused',
    ],
    [
      'with a subject doubled in escapes',
      (s) => ({
        text: JSON.stringify(statementAbout(s)).replace('"subject"', String.raw`"sub\u006aect":[],"subject"`),
      }),
      'refused',
    ],
    ['with a byte order mark', (s) => ({ text: `\uFEFF${JSON.stringify(statementAbout(s))}` }), 'refused'],
    [
      'with a prototype for a digest',
      (s) => ({
        text: JSON.stringify(statementAbout(s))
          .replace('"digest":{', '"__proto__":{')
          .replace('"_type"', '"__proto__":{},"_type"'),
      }),
      'refused',
    ],
    ['without signatures', () => ({ envelope: { signatures: [] } }), 'refused'],
    ['whose signatures are null', () => ({ envelope: { signatures: null } }), 'refused'],
    ['with an empty signature', () => ({ envelope: { signatures: [{ sig: '' }] } }), 'refused'],
    [
      'with the same signature twice',
      (s) => ({ edit: (text) => text.replace(/\[(\{"sig":"[^"]+"\})\]/, '[$1,$1]'), statement: statementAbout(s) }),
      'refused',
    ],
    [
      'with a name of its key',
      () => ({ edit: (text) => text.replace('{"sig"', '{"keyid":"release","sig"') }),
      'accepted',
    ],
    [
      'with a signature of fixed length',
      () => ({ sign: (bytes, key) => signBytes('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }) }),
      'refused',
    ],
    [
      'with a signature over the payload alone',
      (s) => ({ sign: (_bytes, key) => signBytes('sha256', Buffer.from(JSON.stringify(statementAbout(s))), key) }),
      'refused',
    ],
    [
      'in base64 for addresses',
      () => ({ encode: (bytes) => bytes.toString('base64url'), sign: signatureWithSigns }),
      'refused',
    ],
    [
      'with a number that JavaScript would round',
      (s) => ({
        text: JSON.stringify(statementAbout(s)).replace('"predicate":{}', '"predicate":{"n":9007199254740993}'),
      }),
      'refused',
    ],
    ['in base64 with white space', () => ({ encode: (bytes) => `${bytes.toString('base64')}\n` }), 'refused'],
    ['with a member that is not known', () => ({ bundle: { extra: 1 } }), 'refused'],
    [
      'with an envelope and a plain signature',
      () => ({ bundle: { messageSignature: { messageDigest: {}, signature: '' } } }),
      'refused',
    ],
    ['of another media type', () => ({ bundle: { mediaType: 'application/json' } }), 'refused'],
    ['of a later version', () => ({ bundle: { mediaType: BUNDLE.replace('0.3', '0.4') } }), 'refused'],
    [
      'of the version before',
      () => ({ bundle: { mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.2' } }),
      'accepted',
    ],
    [
      'with a key and a certificate',
      () => ({ bundle: { verificationMaterial: { publicKey: { hint: '' }, certificate: { rawBytes: 'AAAA' } } } }),
      'refused',
    ],
    [
      'with a certificate that is none',
      () => ({ bundle: { verificationMaterial: { certificate: { rawBytes: 'AAAA' } } } }),
      'refused',
    ],
    [
      'that brings its own key',
      () => ({
        key: theirs.privateKey,
        bundle: {
          verificationMaterial: {
            publicKey: {
              hint: '',
              rawBytes: theirs.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
            },
          },
        },
      }),
      'refused',
    ],
    ['that is a list', () => ({ edit: (text) => `[${text}]` }), 'refused'],
    ['with more behind it', () => ({ edit: (text) => `${text}{}` }), 'refused'],
  ])('%s', async (_name, parts, verdict) => {
    const here = world();
    here.repository.attach(here.subject, bundleOf(here.subject, parts(here.subject)));
    expect(await verdictOf(here)).toBe(verdict);
    // Beside a good one the worst changes nothing.
    here.repository.attach(here.subject, bundleOf(here.subject));
    expect(await verdictOf(here)).toBe('accepted');
  });
});

describe('what holds a bundle', () => {
  test.each<[string, (here: World) => object, 'accepted' | 'refused']>([
    [
      'says another predicate type',
      () => ({ annotations: { 'dev.sigstore.bundle.predicateType': PREDICATES.slsa } }),
      'accepted',
    ],
    [
      'has two layers',
      ({ repository, subject }) => {
        const bytes = bundleOf(subject);
        const layer = { mediaType: BUNDLE, digest: repository.blob(bytes), size: bytes.byteLength };
        return { layers: [layer, layer] };
      },
      'refused',
    ],
    ['has no layer', () => ({ layers: [] }), 'refused'],
    ['is about another manifest', ({ subject }) => ({ subject: { ...subject, digest: sha256('other') } }), 'refused'],
    ['is about nothing', () => ({ subject: undefined }), 'refused'],
  ])('%s', async (_name, change, verdict) => {
    const here = world();
    here.repository.attach(here.subject, bundleOf(here.subject), change(here));
    expect(await verdictOf(here)).toBe(verdict);
  });

  test('provenance that is called a signature where it is listed is none', async () => {
    const here = world();
    const statement = statementAbout(here.subject, { predicateType: PREDICATES.slsa });
    const annotations = { 'dev.sigstore.bundle.predicateType': PREDICATES.sign };
    here.repository.attach(here.subject, bundleOf(here.subject, { statement }), { annotations });
    expect(await verdictOf(here)).toBe('refused');
  });

  test('a listing that breaks off tells nothing, unless ours was in it', async () => {
    const here = world();
    here.repository.stop.reason = new SlipwayError('OCI_PROTOCOL', 'the listing goes in a circle');
    expect(await verdictOf(here)).toBe('undecided');
    here.repository.attach(here.subject, bundleOf(here.subject));
    expect(await verdictOf(here)).toBe('accepted');
  });
});

describe('an index', () => {
  test.each([
    ['signed, and its variant', true, true, 'accepted'],
    ['signed, and its variant not', true, false, 'refused'],
    ['not signed, and its variant is', false, true, 'refused'],
  ])('%s', async (_name, signsIndex, signsMember, verdict) => {
    const repository = new Repository();
    const member = repository.manifest({ config: EMPTY, layers: [] });
    const index = repository.manifest({ mediaType: INDEX, manifests: [member] }, 'v1');
    if (signsIndex) repository.attach(index, bundleOf(index));
    if (signsMember) repository.attach(member, bundleOf(member));
    expect(await verdictOf({ repository, subject: index })).toBe(verdict);
  });

  test.each([0, 1, 2])('of whose variants only number %i is not signed is refused', async (unsigned) => {
    const repository = new Repository();
    const members = [0, 1, 2].map((number) =>
      repository.manifest({ config: EMPTY, layers: [], annotations: { number: `${number}` } }),
    );
    const index = repository.manifest({ mediaType: INDEX, manifests: members }, 'v1');
    repository.attach(index, bundleOf(index));
    for (const [number, member] of members.entries())
      if (number !== unsigned) repository.attach(member, bundleOf(member));
    expect(await verdictOf({ repository, subject: index })).toBe('refused');
  });
});

describe('the older form', () => {
  const payloadOf = (subject: Descriptor, change: object = {}): object => ({
    critical: {
      identity: { 'docker-reference': 'somewhere/else' },
      image: { 'docker-manifest-digest': subject.digest },
      type: 'cosign container image signature',
      ...change,
    },
    optional: null,
  });
  interface Older {
    readonly payload?: object;
    readonly text?: string;
    readonly key?: KeyObject;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly signature?: string;
  }
  function attachOlder({ repository, subject }: World, older: Older): void {
    const { key = ours.privateKey, annotations = {} } = older;
    const payload = Buffer.from(older.text ?? JSON.stringify(older.payload ?? payloadOf(subject)));
    const signature = older.signature ?? signBytes('sha256', payload, key).toString('base64');
    const layer = {
      mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
      digest: repository.blob(payload),
      size: payload.byteLength,
      annotations: { 'dev.cosignproject.cosign/signature': signature, ...annotations },
    };
    repository.manifest({ config: EMPTY, layers: [layer] }, `${subject.digest.replace(':', '-')}.sig`);
  }
  test.each<[string, (subject: Descriptor) => Older, 'accepted' | 'refused']>([
    ['as it should be, whatever its reference says', () => ({}), 'accepted'],
    [
      'with annotations of its signer',
      (s) => ({ payload: { ...payloadOf(s), optional: { env: 'prod' } } }),
      'accepted',
    ],
    ['by a foreign key', () => ({ key: theirs.privateKey }), 'refused'],
    [
      'about another digest',
      (s) => ({ payload: payloadOf(s, { image: { 'docker-manifest-digest': sha256('other') } }) }),
      'refused',
    ],
    [
      'about a digest in upper case',
      (s) => ({ payload: payloadOf(s, { image: { 'docker-manifest-digest': `sha256:${hexOf(s).toUpperCase()}` } }) }),
      'refused',
    ],
    ['of another type', (s) => ({ payload: payloadOf(s, { type: 'atomic container signature' }) }), 'refused'],
    [
      'with a doubled key',
      (s) => ({ text: JSON.stringify(payloadOf(s)).replace('"critical"', '"critical":{},"critical"') }),
      'refused',
    ],
    ['with a certificate', () => ({ annotations: { 'dev.sigstore.cosign/certificate': 'x' } }), 'refused'],
    ['with an empty signature', () => ({ signature: '' }), 'refused'],
  ])('%s', async (_name, older, verdict) => {
    const here = world();
    attachOlder(here, older(here.subject));
    expect(await verdictOf(here)).toBe(verdict);
    expect(await verdictOf(here, { allowLegacySignature: false })).toBe('refused');
  });

  test.each<[string, (good: string) => readonly string[], 'accepted' | 'refused']>([
    ['with one signature', (good) => [good], 'accepted'],
    ['with two', (good) => [good, good], 'refused'],
    ['with none', () => [], 'refused'],
  ])('an attestation %s', async (_name, signatures, verdict) => {
    const { repository, subject } = world();
    const type = 'https://example.com/review/v1';
    const statement = {
      _type: 'https://in-toto.io/Statement/v0.1',
      subject: [{ digest: { sha256: hexOf(subject) } }],
      predicateType: type,
      predicate: {},
    };
    const payload = Buffer.from(JSON.stringify(statement));
    const good = signBytes('sha256', preAuthEncoding(IN_TOTO, payload), ours.privateKey).toString('base64');
    const envelope = Buffer.from(
      JSON.stringify({
        payloadType: IN_TOTO,
        payload: payload.toString('base64'),
        signatures: signatures(good).map((sig) => ({ sig })),
      }),
    );
    const layer = {
      mediaType: 'application/vnd.dsse.envelope.v1+json',
      digest: repository.blob(envelope),
      size: envelope.byteLength,
    };
    repository.manifest({ config: EMPTY, layers: [layer] }, `${subject.digest.replace(':', '-')}.att`);
    const wanted = { requireSignature: false, requirePredicates: [type] };
    expect(await verdictOf({ repository, subject }, wanted)).toBe(verdict);
  });

  test('with a certificate, where the policy names one, is not known here', async () => {
    const here = world();
    attachOlder(here, { annotations: { 'dev.sigstore.cosign/certificate': 'x' } });
    const identities = [{ kind: 'certificate', name: 'ci', issuer: 'https://i.example', san: 'ci' }] as const;
    expect(await verdictOf(here, { identities })).toBe('undecided');
  });
});

describe('keys', () => {
  test.each<[string, () => { publicKey: KeyObject; privateKey: KeyObject }]>([
    ['P-384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' })],
    ['P-521', () => generateKeyPairSync('ec', { namedCurve: 'P-521' })],
    ['Ed25519', () => generateKeyPairSync('ed25519')],
    ['RSA of 2048 bits', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ])('%s signs', async (_name, make) => {
    const here = world();
    const { publicKey, privateKey } = make();
    const sign = (bytes: Uint8Array, key: KeyObject): Buffer => signBytes(hashOf(publicKey), bytes, key);
    here.repository.attach(here.subject, bundleOf(here.subject, { key: privateKey, sign }));
    expect(await verdictOf(here, { identities: [keyIdentity(publicKey, 'release')] })).toBe('accepted');
    expect(await verdictOf(here)).toBe('refused');
  });

  test.each<[string, () => KeyObject]>([
    ['secp256k1', () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey],
    ['RSA of 1024 bits', () => generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey],
    ['X25519', () => generateKeyPairSync('x25519').publicKey],
  ])('%s is no key of a policy', async (_name, make) => {
    const pem = make().export({ type: 'spki', format: 'pem' }).toString();
    const policy = `identities:\n  - key: { pem: ${JSON.stringify(pem)} }\n`;
    await expect(parsePolicy(policy, 'p.yaml', {})).rejects.toMatchObject({ code: 'KEY_INVALID' });
  });
});

describe('policies that are none', () => {
  const KEY = `identities:\n  - key: { pem: ${JSON.stringify(ours.publicKey.export({ type: 'spki', format: 'pem' }))} }\n`;
  test.each([
    ['of an unknown key', `${KEY}licences: [MIT]\n`],
    ['of an unknown key of an identity', KEY.replace('key:', 'kei: x, key:').replace('- kei', '- kei')],
    ['of a doubled key', `${KEY}licenses: [MIT]\nlicenses: ['*']\n`],
    ['of a later version', `version: 2\n${KEY}`],
    ['of no identity', 'identities: []\n'],
    ['without identities', 'licenses: [MIT]\n'],
    ['of an issuer without a subject', "identities:\n  - issuer: 'https://i.example'\n"],
    ['of a subject without an issuer', 'identities:\n  - san: ci\n'],
    ['of a key and an issuer', "identities:\n  - { key: k.pub, issuer: 'https://i.example', san: ci }\n"],
    ['of an age that is none', `${KEY}maxAge: 10 days\n`],
    ['of no age', `${KEY}maxAge: 0d\n`],
    ['of an empty list', `${KEY}licenses: []\n`],
    ['of no predicates', `${KEY}require: []\n`],
    ['of a predicate that has no name', `${KEY}require: [signed]\n`],
    ['of text where a flag is wanted', `${KEY}allowLegacySignature: 'no'\n`],
    ['of a list', '- identities\n'],
    ['of nothing', ''],
    ['of aliases without end', `a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\n${KEY}`],
  ])('%s', async (_name, text) => {
    await expect(parsePolicy(text, 'p.yaml', {})).rejects.toMatchObject({ code: 'POLICY_INVALID' });
  });

  test('a subject is compared as it stands, whatever it looks like', async () => {
    const text = "identities:\n  - { issuer: 'https://i.example', san: '.*@example.com' }\n";
    const { identities } = await parsePolicy(text, 'p.yaml', {});
    expect(identities).toEqual([
      { kind: 'certificate', name: '.*@example.com', issuer: 'https://i.example', san: '.*@example.com' },
    ]);
  });
});
