import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isSignedBy, signEnvelope } from '../../src/trust/bundle/dsse.js';
import { execSigner, generateKeyPair, keyId, keySigner, readPrivateKey, readPublicKey } from '../../src/trust/index.js';
import { COSIGN_KEY, COSIGN_PUBLIC } from './cosign-samples.js';

const password = (text: string) => (): string => text;

describe('key files', () => {
  test("cosign's own key opens with its password and no other", async () => {
    const key = await readPrivateKey(COSIGN_KEY, 'c.key', password('other'));
    expect(keyId(createPublicKey(key))).toBe(keyId(readPublicKey(COSIGN_PUBLIC, 'c.pub')));
    await expect(readPrivateKey(COSIGN_KEY, 'c.key', password('wrong'))).rejects.toMatchObject({
      code: 'KEY_PASSWORD',
    });
  });

  test('a pair that was made opens again, with an empty password too', async () => {
    for (const text of ['', 'pässword']) {
      const pair = await generateKeyPair(text);
      const key = await readPrivateKey(pair.privateKey, 'k', password(text));
      expect(keyId(createPublicKey(key))).toBe(keyId(readPublicKey(pair.publicKey, 'p')));
    }
  });

  test.each(['pkcs8', 'sec1'] as const)('%s in PEM', async (type) => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const pem = pair.privateKey.export({ type, format: 'pem' }).toString();
    const signer = keySigner(await readPrivateKey(pem, 'k', () => expect.fail()));
    const envelope = await signEnvelope(Buffer.from('{}'), signer);
    expect(isSignedBy(envelope, pair.publicKey)).toBe(true);
    expect(isSignedBy({ ...envelope, payload: Buffer.from('[]') }, pair.publicKey)).toBe(false);
    expect(isSignedBy({ ...envelope, payloadType: 'text/plain' }, pair.publicKey)).toBe(false);
  });

  /** cosign's key file with another envelope. */
  function withEnvelope(change: (envelope: Record<'kdf' | 'cipher', object>) => object): string {
    const body = Buffer.from(/-----\n([\s\S]*)\n-----END/.exec(COSIGN_KEY)?.[1] ?? '', 'base64').toString();
    const envelope = change(JSON.parse(body) as Record<'kdf' | 'cipher', object>);
    const text = Buffer.from(JSON.stringify(envelope)).toString('base64');
    return `-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n${text}\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n`;
  }

  test('a key that would cost too much memory is refused before it costs any', async () => {
    for (const params of [
      { N: 1 << 24, r: 8, p: 1 },
      { N: 65_536, r: 8, p: 1 << 20 },
      // Half a gigabyte, though the work alone would pass.
      { N: 1 << 19, r: 8, p: 1 },
      { N: 3, r: 8, p: 1 },
      { N: 2 ** 40, r: 1, p: 1 },
    ]) {
      const pem = withEnvelope((envelope) => ({ ...envelope, kdf: { ...envelope.kdf, params } }));
      await expect(readPrivateKey(pem, 'k', password('other'))).rejects.toMatchObject({ code: 'KEY_INVALID' });
    }
  });

  test('a nonce of another length is no wrong password', async () => {
    const nonce = Buffer.alloc(12).toString('base64');
    const pem = withEnvelope((envelope) => ({ ...envelope, cipher: { ...envelope.cipher, nonce } }));
    await expect(readPrivateKey(pem, 'k', password('other'))).rejects.toMatchObject({
      code: 'KEY_INVALID',
      details: { got: 'a nonce of 12 bytes' },
    });
  });

  test('a private key is not taken where a public one is to be: it would be passed around', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    for (const type of ['pkcs8', 'sec1'] as const) {
      const pem = privateKey.export({ type, format: 'pem' }).toString();
      expect(() => readPublicKey(pem, 'k')).toThrow(expect.objectContaining({ code: 'KEY_INVALID' }) as Error);
    }
  });

  test('what is no key says so', async () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const exotic = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
    for (const pem of [
      '',
      'hello',
      COSIGN_PUBLIC,
      ...[weak, exotic].map((pair) => pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
    ]) {
      await expect(readPrivateKey(pem, 'k', password(''))).rejects.toMatchObject({ code: 'KEY_INVALID' });
    }
    expect(() => readPublicKey(COSIGN_KEY, 'k')).toThrow(/cannot be used|can be used/);
  });
});

describe('a signing program', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-exec-'));
  });
  afterAll(async () => rm(folder, { recursive: true, force: true }));

  const program = async (body: string): Promise<string> => {
    const path = join(folder, `sign-${Math.random().toString(36).slice(2)}.mjs`);
    await writeFile(path, `#!${process.execPath}\n${body}`);
    await chmod(path, 0o755);
    return path;
  };

  test('gives its public key and signs what it reads', async () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = JSON.stringify(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const path = await program(`import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
      import { readFileSync } from 'node:fs';
      const key = createPrivateKey(${pem});
      if (process.argv[2] === 'public-key') process.stdout.write(createPublicKey(key).export({ type: 'spki', format: 'pem' }));
      else process.stdout.write(sign('sha256', readFileSync(0), key).toString('base64'));`);
    const signer = await execSigner([path], process.env);
    expect(isSignedBy(await signEnvelope(Buffer.from('{}'), signer), pair.publicKey)).toBe(true);
  });

  test('that fails or is not there is named', async () => {
    const failing = await program('process.exit(3)');
    await expect(execSigner([failing], process.env)).rejects.toMatchObject({
      code: 'SIGNER_FAILED',
      details: { got: 'exit code 3' },
    });
    await expect(execSigner([join(folder, 'none')], process.env)).rejects.toMatchObject({ code: 'SIGNER_FAILED' });
  });
});
