import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { digestOfPayload, simpleSigningPayload } from '../../src/trust/bundle/simple-signing.js';
import {
  BUNDLE_LIMIT,
  identify,
  keyIdentity,
  keySigner,
  parseBundle,
  parseStatement,
  sealStatement,
  statementBytes,
  subjectDigests,
  type Subject,
} from '../../src/trust/index.js';

// Every field of a bundle by a key, flipped: nothing of it is taken for what the key signed.

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const digest = 'a'.repeat(64);
const statement = {
  subject: [{ digest: { sha256: digest } }],
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: { a: 1 },
};
const policy = { identities: [keyIdentity(publicKey, 'release')] };

/** Whether a bundle speaks for the digest by the key. */
async function accepts(bytes: Uint8Array): Promise<boolean> {
  try {
    const { envelope, material } = parseBundle(bytes, 'bundle');
    const read = parseStatement(envelope.payload, 'bundle');
    const signer = await identify({ statement: read, envelope, material, where: 'bundle' }, policy, undefined);
    return (
      signer.kind === 'known' &&
      subjectDigests(read).has(`sha256:${digest}`) &&
      envelope.payloadType === 'application/vnd.in-toto+json'
    );
  } catch {
    return false;
  }
}

const bundle = await sealStatement(statementBytes(statement), keySigner(privateKey));

test('the bundle as it was made is accepted', async () => {
  expect(await accepts(bundle)).toBe(true);
});

test('no byte of it can be another, but for the hint, which selects nothing', async () => {
  const text = Buffer.from(bundle).toString();
  const hint = /"hint":"([^"]*)"/.exec(text);
  const [from, to] = [(hint?.index ?? 0) + '"hint":"'.length, (hint?.index ?? 0) + (hint?.[0].length ?? 0) - 1];
  // Older versions of the format are read too.
  const version = text.indexOf('.v0.3+json') + '.v0.'.length;
  const accepted: number[] = [];
  for (let at = 0; at < bundle.length; at += 1) {
    const changed = Buffer.from(bundle);
    changed[at] = (changed[at] ?? 0) ^ 1;
    if (await accepts(changed)) accepted.push(at);
  }
  expect(accepted.filter((at) => at !== version && !(at >= from && at < to))).toEqual([]);
});

test('another key, and the same statement about something else, are refused', async () => {
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  expect(await accepts(await sealStatement(statementBytes(statement), keySigner(other.privateKey)))).toBe(false);
  const elsewhere = { ...statement, subject: [{ digest: { sha256: 'b'.repeat(64) } }] };
  expect(await accepts(await sealStatement(statementBytes(elsewhere), keySigner(privateKey)))).toBe(false);
});

test('a bundle larger than any is refused before it is parsed', () => {
  const padded = Buffer.concat([Buffer.alloc(BUNDLE_LIMIT, ' '), bundle]);
  expect(() => parseBundle(padded, 'bundle')).toThrow(expect.objectContaining({ code: 'ATTESTATION_INVALID' }));
});

test('an older signature says what it is, and about which digest', () => {
  const payload = JSON.parse(Buffer.from(simpleSigningPayload(`sha256:${digest}`, 'x/y')).toString()) as {
    critical: { type: string };
  };
  expect(digestOfPayload(Buffer.from(JSON.stringify(payload)), 'p')).toBe(`sha256:${digest}`);
  payload.critical.type = 'another kind';
  expect(() => digestOfPayload(Buffer.from(JSON.stringify(payload)), 'p')).toThrow(
    expect.objectContaining({ code: 'ATTESTATION_INVALID' }),
  );
});

test('a digest that is no digest counts for nothing', () => {
  const subject: Subject[] = [digest.toUpperCase(), 'a'].map((sha256) => ({ digest: { sha256 } }));
  subject.push({ digest: { sha512: digest } });
  expect(subjectDigests({ ...statement, subject }).size).toBe(0);
});

test('a statement of another type, or of none, is refused though the key signed it', async () => {
  const text = Buffer.from(statementBytes(statement)).toString();
  for (const other of [
    text.replace('in-toto.io/Statement/v1', 'in-toto.io/Statement/v9'),
    text.replace('_type', '_kind'),
  ]) {
    expect(other).not.toBe(text);
    expect(await accepts(await sealStatement(Buffer.from(other), keySigner(privateKey)))).toBe(false);
  }
});

test('a bundle with two signatures is refused, whichever comes first', async () => {
  const json = JSON.parse(Buffer.from(bundle).toString()) as { dsseEnvelope: { signatures: object[] } };
  json.dsseEnvelope.signatures.push({ sig: 'AAAA' });
  expect(await accepts(Buffer.from(JSON.stringify(json)))).toBe(false);
});
