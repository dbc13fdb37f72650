import { generateKeyPairSync } from 'node:crypto';
import { encryptCosignKey } from './cosign-key.js';

/** A pair as cosign writes it, both in PEM. */
export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** Makes a P-256 pair, the private half encrypted with `password` (which may be empty). */
export async function generateKeyPair(password: string): Promise<KeyPair> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return {
    privateKey: await encryptCosignKey(privateKey, password),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}
