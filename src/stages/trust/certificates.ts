import { certificateVerifierOf, type CertificateVerifier, type Policy } from '../../trust/index.js';

/** Verifies signatures by certificates; `undefined` where the policy names none. */
export function certificateVerifier(
  policy: Pick<Policy, 'identities' | 'trustedRoot' | 'rekor'>,
): CertificateVerifier | undefined {
  return policy.identities.some(({ kind }) => kind === 'certificate') ? certificateVerifierOf(policy) : undefined;
}
