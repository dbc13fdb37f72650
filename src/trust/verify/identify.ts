import { isSignedBy, verifies } from '../bundle/dsse.js';
import type { FoundAttestation, FoundSignature } from '../collect.js';
import type { CertificateIdentity, Identity, KeyIdentity, Policy } from './policy.js';

/** What is known of a statement's signer. */
export type Identified =
  /** One of the policy's identities signed it. */
  | { readonly kind: 'known'; readonly identity: Identity; readonly signedAt?: Date }
  | { readonly kind: 'unknown'; readonly reason: string }
  /** It may be one of them, but this machine cannot tell. */
  | { readonly kind: 'undecided'; readonly reason: string };

/** An attestation whose signer the policy knows. */
export interface VerifiedAttestation extends FoundAttestation {
  readonly identity: Identity;
  /** From a log or a time stamp; a signature by a key carries none. */
  readonly signedAt?: Date;
}

/** Verifies a bundle that was signed with a certificate: see `trust/keyless`. */
export type CertificateVerifier = (
  attestation: FoundAttestation,
  identities: readonly CertificateIdentity[],
) => Promise<Identified>;

/**
 * Says which of a policy's identities signed a statement. A hint of the bundle selects nothing: every configured key is
 * tried.
 */
export async function identify(
  attestation: FoundAttestation,
  policy: Pick<Policy, 'identities'>,
  byCertificate: CertificateVerifier | undefined,
): Promise<Identified> {
  if (attestation.material.kind === 'key') {
    const identity = keysOf(policy).find(({ publicKey }) => isSignedBy(attestation.envelope, publicKey));
    return identity === undefined
      ? { kind: 'unknown', reason: 'signed with another key' }
      : { kind: 'known', identity };
  }
  const certificates = policy.identities.filter((one) => one.kind === 'certificate');
  if (certificates.length === 0)
    return { kind: 'unknown', reason: 'signed with a certificate, the policy names keys only' };
  if (byCertificate === undefined)
    return { kind: 'undecided', reason: 'signed with a certificate, which cannot be verified here' };
  return byCertificate(attestation, certificates);
}

/** The key that made a signature of the older form. */
export function identifySignature(found: FoundSignature, policy: Pick<Policy, 'identities'>): KeyIdentity | undefined {
  if (found.hasCertificate) return undefined;
  return keysOf(policy).find(({ publicKey }) => verifies(found.payload, found.signature, publicKey));
}

function keysOf({ identities }: Pick<Policy, 'identities'>): readonly KeyIdentity[] {
  return identities.filter((one) => one.kind === 'key');
}
