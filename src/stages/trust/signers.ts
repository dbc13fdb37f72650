import type { Digest, RunContext } from '../../core/index.js';
import { wantedReference } from '../../registry/index.js';
import {
  collectEvidence,
  identifySignature,
  loadPolicy,
  type FoundSignature,
  type Policy,
  type VerifyReport,
} from '../../trust/index.js';
import { openRunTarget } from '../open-run-target.js';
import { answered, verifyReference } from './verify-reference.js';

/** A statement that is attached to an artifact, and whether the policy knows who signed it. */
export interface AttachedStatement {
  /** What is said; `simplesigning` for a signature of cosign's older form. */
  readonly predicateType: string;
  /** Manifest or layer that holds it. */
  readonly where: string;
  readonly by: 'key' | 'certificate';
  /** Name of the policy's identity that signed it; `null` when none did, or when there is no policy to ask. */
  readonly identity: string | null;
}

/** Who signed an artifact, as far as that can be told. */
export interface Signers {
  readonly digest: Digest;
  readonly statements: readonly AttachedStatement[];
  /** What the policy says of it; `null` without one. */
  readonly verification: VerifyReport | null;
  readonly unreadable: readonly { readonly where: string; readonly reason: string }[];
}

/** Lists what is attached to an artifact, and says whose it is by a policy. Throws what the registry throws. */
export async function signersOf(
  address: string,
  policyOrPath: string | Policy | undefined,
  context: RunContext,
): Promise<Signers> {
  const policy = typeof policyOrPath === 'string' ? await loadPolicy(policyOrPath, context.env) : policyOrPath;
  const verification = policy === undefined ? null : await answered(verifyReference(address, policy, context));
  const opened = openRunTarget(address, context, 'verify');
  const { descriptor } = await opened.target.readManifest(
    await wantedReference(opened, context.signal),
    context.signal,
  );
  const { attestations, signatures, unreadable } = await collectEvidence(
    opened.target,
    descriptor.digest,
    context.signal,
  );
  const identityOf = (where: string): string | null =>
    verification?.verified.find((one) => one.where === where && one.subject === descriptor.digest)?.identity ?? null;
  return {
    digest: descriptor.digest,
    statements: [
      ...attestations.map(({ statement, where, material }) => ({
        predicateType: statement.predicateType,
        where,
        by: material.kind,
        identity: identityOf(where),
      })),
      ...signatures.map((signature) => ({
        predicateType: 'simplesigning',
        where: signature.where,
        by: signature.hasCertificate ? ('certificate' as const) : ('key' as const),
        identity: signature.digest === descriptor.digest ? olderIdentity(signature, policy) : null,
      })),
    ],
    verification,
    unreadable,
  };
}

/** A signature of cosign's older form is looked at only where there is no other: whose it is, is asked for itself. */
function olderIdentity(signature: FoundSignature, policy: Policy | undefined): string | null {
  return policy === undefined ? null : (identifySignature(signature, policy)?.name ?? null);
}
