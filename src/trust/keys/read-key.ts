import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { SlipwayError } from '../../core/index.js';
import { COSIGN_LABELS, decryptCosignKey } from './cosign-key.js';
import { firstPemBlock } from './pem.js';
import { hashOf } from './signer.js';

/** Private keys in PEM without a password: PKCS#8, SEC1 and PKCS#1. */
const PLAIN_LABELS: ReadonlySet<string> = new Set(['PRIVATE KEY', 'EC PRIVATE KEY', 'RSA PRIVATE KEY']);

/**
 * Reads a private key: a cosign key file, PKCS#8 (encrypted or not), or SEC1. `password` is asked for only when the key
 * is encrypted. `name` is what errors call it. Throws `KEY_INVALID`, `KEY_PASSWORD`.
 */
export async function readPrivateKey(
  pem: string,
  name: string,
  password: () => Promise<string> | string,
): Promise<KeyObject> {
  const block = firstPemBlock(pem);
  if (block === undefined) throw noKey(name, 'no PEM block');
  const { label, bytes } = block;
  if (COSIGN_LABELS.includes(label)) return usable(await decryptCosignKey(bytes, await password(), name), name);
  if (label === 'ENCRYPTED PRIVATE KEY') return usable(openPkcs8(pem, name, await password()), name);
  if (label === 'PUBLIC KEY') throw noKey(name, 'a public key, where a private one is needed');
  if (!PLAIN_LABELS.has(label)) throw noKey(name, `a PEM block '${label}'`);
  try {
    return usable(createPrivateKey(pem), name);
  } catch (error) {
    throw SlipwayError.is(error) ? error : noKey(name, `a '${label}' that cannot be read`);
  }
}

/** Reads a public key in PEM (SPKI), or that of a plain private key. Throws `KEY_INVALID`. */
export function readPublicKey(pem: string, name: string): KeyObject {
  const label = firstPemBlock(pem)?.label;
  if (label === undefined) throw noKey(name, 'no PEM block');
  if (label.includes('PRIVATE')) throw noKey(name, 'a private key, where a public one is needed');
  try {
    return usable(createPublicKey(pem), name);
  } catch (error) {
    throw SlipwayError.is(error) ? error : noKey(name, `a '${label}' that cannot be read`);
  }
}

function openPkcs8(pem: string, name: string, passphrase: string): KeyObject {
  try {
    return createPrivateKey({ key: pem, passphrase });
  } catch {
    throw new SlipwayError('KEY_PASSWORD', `the password does not open '${name}'`, {
      where: name,
      try: 'set COSIGN_PASSWORD to the password that the key was made with',
    });
  }
}

function usable(key: KeyObject, name: string): KeyObject {
  hashOf(key);
  const bits = key.asymmetricKeyDetails?.modulusLength;
  if (bits !== undefined && bits < 2048) throw noKey(name, `an RSA key of ${bits} bits, at least 2048 are needed`);
  return key;
}

function noKey(name: string, got: string): SlipwayError {
  return new SlipwayError('KEY_INVALID', `'${name}' is not a key that can be used here`, {
    where: name,
    got,
    try: 'pipeline key generate --output-key-prefix cosign',
  });
}
