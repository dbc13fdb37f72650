import type { X509Certificate } from 'node:crypto';
import { SlipwayError } from '../../core/index.js';
import { certifiedBundleBytes } from '../bundle/bundle.js';
import { signEnvelope } from '../bundle/dsse.js';
import type { Signer } from '../keys/signer.js';

/**
 * A signer whose bundles bring a certificate, and those of the authorities that issued it (the method `certificate` of OpenSSF Model
 * Signing). The first certificate is the key's own. Throws `KEY_INVALID` when it is another key's.
 */
export function certifiedSigner(signer: Signer, chain: readonly X509Certificate[], name: string): Signer {
  const [leaf] = chain;
  if (leaf?.publicKey.equals(signer.publicKey) !== true)
    throw new SlipwayError('KEY_INVALID', `the certificate '${name}' is not that of the signing key`, {
      where: name,
      got: leaf === undefined ? 'no certificate' : `the certificate of ${leaf.subject.replaceAll('\n', ', ')}`,
    });
  const certificates = chain.map(({ raw }) => raw);
  return {
    publicKey: signer.publicKey,
    sign: async (bytes, signal) => signer.sign(bytes, signal),
    seal: async (statement, signal) =>
      certifiedBundleBytes(await signEnvelope(statement, signer, signal), certificates),
  };
}
