import { createHash, createPublicKey, sign as signBytes, type KeyObject } from 'node:crypto';
import { SlipwayError } from '../../core/index.js';
import type { JsonObject } from '../../files/index.js';

/** Makes signatures with one key. What holds the key (a file, a KMS, an HSM, another program) is its own affair. */
export interface Signer {
  /** The public half: what signatures are checked with, and by which an earlier one is recognised. */
  readonly publicKey: KeyObject;
  /** Signs `bytes` (hashing them first); the signature in DER. */
  sign(bytes: Uint8Array, signal?: AbortSignal): Promise<Uint8Array>;
  /** Makes the whole bundle over a statement, where a signature needs more than a key: a certificate, a log, a time stamp. */
  seal?(statement: Uint8Array, signal?: AbortSignal): Promise<Uint8Array>;
  /** Whether a bundle was signed by the same signer earlier, where that is not told by the key: by a certificate of the same identity. */
  recognizes?(bundle: JsonObject): Promise<boolean>;
}

/** Hashes by the curve of an EC key (OpenSSF Model Signing 1.0 "Keys", and what cosign chooses). */
const HASH_OF_CURVE: ReadonlyMap<string, string> = new Map([
  ['prime256v1', 'sha256'],
  ['secp384r1', 'sha384'],
  ['secp521r1', 'sha512'],
]);

/** The hash that goes with a key: SHA-256, or what its curve asks for. `null` for Ed25519, which hashes by itself. Throws `KEY_INVALID`. */
export function hashOf(key: KeyObject): string | null {
  switch (key.asymmetricKeyType) {
    case 'ec': {
      const curve = key.asymmetricKeyDetails?.namedCurve ?? '';
      const hash = HASH_OF_CURVE.get(curve);
      if (hash !== undefined) return hash;
      throw new SlipwayError('KEY_INVALID', `keys on the curve '${curve}' are not used for signatures`, {
        try: 'a P-256 key: pipeline key generate',
      });
    }
    case 'rsa':
      return 'sha256';
    case 'ed25519':
      return null;
    default:
      throw new SlipwayError('KEY_INVALID', `a key of the kind '${key.asymmetricKeyType ?? 'unknown'}' cannot sign`, {
        try: 'a P-256 key: pipeline key generate',
      });
  }
}

/** Bytes of a signature by a key at most, in DER. */
export function signatureLimit(key: KeyObject): number {
  const { namedCurve = '', modulusLength } = key.asymmetricKeyDetails ?? {};
  // Two integers of the curve's size, each with its head and a sign, and the head of both.
  const scalar = BYTES_OF_CURVE.get(namedCurve);
  if (scalar !== undefined) return 2 * (scalar + 3) + 3;
  return modulusLength === undefined ? ED25519_BYTES : Math.ceil(modulusLength / 8);
}

const BYTES_OF_CURVE: ReadonlyMap<string, number> = new Map([
  ['prime256v1', 32],
  ['secp384r1', 48],
  ['secp521r1', 66],
]);
const ED25519_BYTES = 64;

/** A signer over a private key that is here. */
export function keySigner(privateKey: KeyObject): Signer {
  const publicKey = createPublicKey(privateKey);
  const hash = hashOf(publicKey);
  return { publicKey, sign: async (bytes) => signBytes(hash, bytes, privateKey) };
}

/** A signer over somewhere else's key, such as a KMS: `sign` gets the bytes and gives the signature in DER. Throws `KEY_INVALID`. */
export function callbackSigner(publicKey: KeyObject | string, sign: Signer['sign']): Signer {
  const key = typeof publicKey === 'string' ? createPublicKey(publicKey) : publicKey;
  hashOf(key);
  return { publicKey: key, sign };
}

/** What names a key for people and policies: lower-case hex of SHA-256 over its SubjectPublicKeyInfo. */
export function keyId(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}
