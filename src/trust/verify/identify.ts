import type { KeyObject } from 'node:crypto';
import type { JsonObject } from '../../files/index.js';
import type { MessageBundle } from '../bundle/bundle.js';
import { isSignedBy, verifiesLegacy } from '../bundle/dsse.js';
import type { ReadMessage } from '../bundle/message.js';
import type { FoundAttestation, FoundSignature } from '../collect-evidence.js';
import { verifyChain, type ChainVerdict } from '../certificates/chain.js';
import type { AuthorityIdentity, CertificateIdentity, Identity, KeyIdentity, Policy } from './policy.js';

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

/** What a certificate may have signed. */
export interface SignedByCertificate {
  /** The bundle's JSON; absent for the form that cosign had before. */
  readonly bundle?: JsonObject;
  /** Set where the bundle signs a file's bytes themselves: the file, as it was read. */
  readonly message?: ReadMessage;
}

/** Verifies a bundle that was signed with a certificate: see `trust/keyless`. */
export type CertificateVerifier = (
  found: SignedByCertificate,
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
  now: Date = new Date(),
): Promise<Identified> {
  if (attestation.material.kind === 'key') {
    const identity = keysOf(policy).find(({ publicKey }) => isSignedBy(attestation.envelope, publicKey));
    return identity === undefined
      ? { kind: 'unknown', reason: 'signed with another key' }
      : { kind: 'known', identity };
  }
  const { chain } = attestation.material;
  const own = identifyCertified(chain, (key) => isSignedBy(attestation.envelope, key), policy, now);
  return own?.kind === 'known' ? own : identifyCertificate(attestation, policy, byCertificate, own);
}

/** As {@link identify}, of a signature over a file's own bytes. `message` was read with the keys that come into question. */
export async function identifyMessage(
  { material, json }: Pick<MessageBundle, 'material' | 'json'>,
  message: ReadMessage,
  policy: Pick<Policy, 'identities'>,
  byCertificate: CertificateVerifier | undefined,
  now: Date = new Date(),
): Promise<Identified> {
  if (material.kind === 'certificate') {
    const own = identifyCertified(material.chain, (key) => message.isSignedBy(key), policy, now);
    return own?.kind === 'known' ? own : identifyCertificate({ bundle: json, message }, policy, byCertificate, own);
  }
  const identity = keysOf(policy).find(({ publicKey }) => message.isSignedBy(publicKey));
  return identity === undefined
    ? { kind: 'unknown', reason: 'signed with another key, or another file' }
    : { kind: 'known', identity };
}

/** Asks the authorities that the policy names; `undefined` when it names none. */
function identifyCertified(
  chain: readonly Buffer[],
  isSigned: (key: KeyObject) => boolean,
  policy: Pick<Policy, 'identities'>,
  now: Date,
): Identified | undefined {
  const authorities = policy.identities.filter((one) => one.kind === 'authority');
  let identified: Identified | undefined;
  for (const identity of authorities) {
    const found = certifiedBy(identity, verifyChain(chain, identity.certificates, now), isSigned);
    if (found.kind === 'known') return found;
    if (identified?.kind !== 'undecided') identified = found;
  }
  return identified;
}

function certifiedBy(
  identity: AuthorityIdentity,
  verdict: ChainVerdict,
  isSigned: (key: KeyObject) => boolean,
): Identified {
  if (verdict.kind === 'refused') return { kind: 'unknown', reason: verdict.reason };
  const { publicKey, names } = verdict;
  if (!isSigned(publicKey)) return { kind: 'unknown', reason: 'not signed with the key of its certificate' };
  const { san } = identity;
  if (san !== undefined && !names.includes(san))
    return { kind: 'unknown', reason: `signed by '${names.join(', ')}', whom the policy does not name` };
  if (verdict.kind === 'undecided') return { kind: 'undecided', reason: verdict.reason };
  return { kind: 'known', identity };
}

/** `own`: what the authorities of the policy say, when there are some and none knows the signer. */
async function identifyCertificate(
  found: SignedByCertificate,
  policy: Pick<Policy, 'identities'>,
  byCertificate: CertificateVerifier | undefined,
  own?: Identified,
): Promise<Identified> {
  const certificates = policy.identities.filter((one) => one.kind === 'certificate');
  if (certificates.length === 0)
    return own ?? { kind: 'unknown', reason: 'signed with a certificate, the policy names keys only' };
  if (byCertificate === undefined)
    return { kind: 'undecided', reason: 'signed with a certificate, which cannot be verified here' };
  const known = await byCertificate(found, certificates);
  return known.kind === 'unknown' && own?.kind === 'undecided' ? own : known;
}

/** The key that made a signature of the older form. */
export function identifySignature(found: FoundSignature, policy: Pick<Policy, 'identities'>): KeyIdentity | undefined {
  if (found.hasCertificate) return undefined;
  return keysOf(policy).find(({ publicKey }) => verifiesLegacy(found.payload, found.signature, publicKey));
}

/** The pinned keys among a policy's identities. */
export function keysOf({ identities }: Pick<Policy, 'identities'>): readonly KeyIdentity[] {
  return identities.filter((one) => one.kind === 'key');
}
