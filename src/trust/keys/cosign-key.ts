import { createPrivateKey, randomBytes, scrypt, type KeyObject, type ScryptOptions } from 'node:crypto';
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import { SlipwayError } from '../../core/index.js';
import { isJsonObject, jsonField, parseJson, type JsonObject, type JsonValue } from '../../files/index.js';
import { formatPem } from './pem.js';

// cosign's key files: PEM around a JSON envelope as `secure-systems-lab/encrypted` writes it, scrypt and NaCl's secretbox.

/** PEM labels of a cosign key; the second is what old versions wrote. */
export const COSIGN_LABELS: readonly string[] = ['ENCRYPTED SIGSTORE PRIVATE KEY', 'ENCRYPTED COSIGN PRIVATE KEY'];

const KEY_LENGTH = 32;
const SALT_LENGTH = 32;
const NONCE_LENGTH = 24;
/** What cosign itself writes. */
const COST = { N: 65_536, r: 8, p: 1 };
/** More than four times what cosign writes is no key but an attack: scrypt takes 128 * N * r bytes. */
const MOST_MEMORY = 256 * 1024 * 1024;
const MOST_WORK = 1 << 24;
const LARGEST_ENVELOPE = 64 * 1024;

/** Encrypts a private key as cosign does; PEM text. An empty password is allowed, as it is there. */
export async function encryptCosignKey(privateKey: KeyObject, password: string): Promise<string> {
  const salt = randomBytes(SALT_LENGTH);
  const nonce = randomBytes(NONCE_LENGTH);
  const secret = await derive(password, salt, COST);
  const plain = privateKey.export({ type: 'pkcs8', format: 'der' });
  const box = xsalsa20poly1305(secret, nonce).encrypt(plain);
  plain.fill(0);
  const envelope = {
    kdf: { name: 'scrypt', params: COST, salt: salt.toString('base64') },
    cipher: { name: 'nacl/secretbox', nonce: nonce.toString('base64') },
    ciphertext: Buffer.from(box).toString('base64'),
  };
  return formatPem({ label: 'ENCRYPTED SIGSTORE PRIVATE KEY', bytes: Buffer.from(JSON.stringify(envelope)) });
}

/** Opens what {@link encryptCosignKey} or cosign wrote. Throws `KEY_INVALID`, `KEY_PASSWORD`. */
export async function decryptCosignKey(bytes: Buffer, password: string, name: string): Promise<KeyObject> {
  const envelope = readEnvelope(bytes, name);
  const secret = await derive(password, envelope.salt, envelope.cost);
  const plain = opened(secret, envelope, name);
  try {
    return createPrivateKey({ key: Buffer.from(plain), format: 'der', type: 'pkcs8' });
  } catch {
    throw invalid(name, 'what it encrypts is no PKCS#8 key');
  } finally {
    plain.fill(0);
  }
}

interface Envelope {
  readonly salt: Buffer;
  readonly cost: { readonly N: number; readonly r: number; readonly p: number };
  readonly nonce: Buffer;
  readonly ciphertext: Buffer;
}

function readEnvelope(bytes: Buffer, name: string): Envelope {
  if (bytes.byteLength > LARGEST_ENVELOPE) throw invalid(name, `${bytes.byteLength} bytes, limit ${LARGEST_ENVELOPE}`);
  const envelope = asObject(parsed(bytes, name), name);
  const kdf = asObject(jsonField(envelope, 'kdf'), name);
  const cipher = asObject(jsonField(envelope, 'cipher'), name);
  if (jsonField(kdf, 'name') !== 'scrypt') throw invalid(name, 'a key derivation other than scrypt');
  if (jsonField(cipher, 'name') !== 'nacl/secretbox') throw invalid(name, 'a cipher other than nacl/secretbox');
  const nonce = base64(jsonField(cipher, 'nonce'), name);
  if (nonce.byteLength !== NONCE_LENGTH) throw invalid(name, `a nonce of ${nonce.byteLength} bytes`);
  return {
    salt: base64(jsonField(kdf, 'salt'), name),
    cost: costOf(asObject(jsonField(kdf, 'params'), name), name),
    nonce,
    ciphertext: base64(jsonField(envelope, 'ciphertext'), name),
  };
}

function costOf(params: JsonObject, name: string): Envelope['cost'] {
  const [N, r, p] = ['N', 'r', 'p'].map((key) => jsonField(params, key));
  const whole = [N, r, p].every((value) => typeof value === 'number' && Number.isSafeInteger(value) && value > 0);
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  const isPower = Number.isInteger(Math.log2(cost.N)) && cost.N > 1;
  if (!whole || !isPower) throw invalid(name, 'costs of scrypt that are none');
  if (128 * cost.N * cost.r > MOST_MEMORY || cost.N * cost.r * cost.p > MOST_WORK) {
    throw invalid(name, `scrypt with N=${cost.N}, r=${cost.r}, p=${cost.p}: more than a key file may cost`);
  }
  return cost;
}

function opened(secret: Buffer, { nonce, ciphertext }: Envelope, name: string): Uint8Array {
  try {
    return xsalsa20poly1305(secret, nonce).decrypt(ciphertext);
  } catch {
    throw new SlipwayError('KEY_PASSWORD', `the password does not open '${name}'`, {
      where: name,
      try: 'set COSIGN_PASSWORD to the password that the key was made with',
    });
  }
}

async function derive(password: string, salt: Buffer, { N, r, p }: Envelope['cost']): Promise<Buffer> {
  const options: ScryptOptions = { N, r, p, maxmem: 128 * N * r + 1024 * 1024 * 32 };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, KEY_LENGTH, options, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}

function parsed(bytes: Buffer, name: string): JsonValue {
  try {
    return parseJson(bytes.toString('utf8'), name);
  } catch {
    throw invalid(name, 'its content is no JSON');
  }
}

function asObject(value: JsonValue | undefined, name: string): JsonObject {
  if (isJsonObject(value)) return value;
  throw invalid(name, 'its envelope lacks a part');
}

function base64(value: JsonValue | undefined, name: string): Buffer {
  if (typeof value === 'string') return Buffer.from(value, 'base64');
  throw invalid(name, 'its envelope lacks a part');
}

function invalid(name: string, got: string): SlipwayError {
  return new SlipwayError('KEY_INVALID', `'${name}' is not a key that can be read`, { where: name, got });
}
