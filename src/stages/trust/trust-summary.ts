import {
  isDigest,
  packageFacts,
  PROJECT_ADDRESS,
  SlipwayError,
  type Digest,
  type RunContext,
} from '../../core/index.js';
import { sha256, type JsonObject } from '../../files/index.js';
import {
  attachSubject,
  attestOnce,
  PREDICATES,
  subjectOf,
  type Attached,
  type Signer,
  type VerifyReport,
} from '../../trust/index.js';
import { openRunTarget } from '../open-run-target.js';

/** What a summary says besides the report. */
export interface AttestVerificationOptions {
  /** Bytes of the policy file, for its digest; none when keys alone were asked for. */
  readonly policy?: { readonly uri: string; readonly bytes: Uint8Array };
  /** The artifact was made again, and is the same. */
  readonly rebuilt?: 'identical' | 'same-tensors';
  /** Where it was promoted from, by digest. */
  readonly promotedFrom?: string;
  /** What counts as now. */
  readonly now: Date;
}

/** Promotions are told by a predicate of this project's own; verifications by SLSA's. */
const PROMOTION = `${PROJECT_ADDRESS}/attestation/promotion/v1`;

/**
 * Attests that an artifact was verified and accepted: a verification summary (SLSA 1.1, verification_summary.md), attached to the
 * artifact and signed. With `promotedFrom` a promotion instead. Throws `TRUST_REFUSED` for a report that is not `accepted`.
 */
export async function attestVerification(
  address: string,
  report: Pick<VerifyReport, 'digest' | 'reference' | 'policy' | 'verdict' | 'verified'>,
  signer: Signer,
  options: AttestVerificationOptions,
  context: RunContext,
): Promise<Attached> {
  if (report.verdict !== 'accepted' || !isDigest(report.digest))
    throw new SlipwayError('TRUST_REFUSED', 'only what was accepted can be attested', {
      where: report.reference,
      got: report.verdict,
    });
  const { target } = openRunTarget(address, context, 'attest');
  const { descriptor } = await target.readManifest(report.digest, context.signal);
  const summary = await summaryOf(report, options);
  const [predicateType, predicate] =
    options.promotedFrom === undefined
      ? [PREDICATES.vsa, summary]
      : [PROMOTION, { from: options.promotedFrom, to: report.reference, verification: summary }];
  const statement = { subject: [subjectOf(report.digest, target.name)], predicateType, predicate };
  return attestOnce(target, attachSubject(descriptor), statement, signer, {
    created: options.now,
    signal: context.signal,
    same: (there, now) => JSON.stringify(withoutTime(there)) === JSON.stringify(withoutTime(now)),
  });
}

async function summaryOf(
  { reference, policy, verified }: Pick<VerifyReport, 'reference' | 'policy' | 'verified'>,
  { policy: file, rebuilt, now }: AttestVerificationOptions,
): Promise<JsonObject> {
  const { version } = await packageFacts();
  return {
    verifier: { id: `${PROJECT_ADDRESS}/verifiers/pipeline`, version: { slipway: version } },
    timeVerified: now.toISOString().replace(/\.\d+Z$/, 'Z'),
    resourceUri: `oci://${reference}`,
    policy: file === undefined ? { uri: policy } : { uri: file.uri, digest: digestSet(sha256(file.bytes)) },
    inputAttestations: verified
      .filter(({ where }) => isDigest(where))
      .map(({ where }) => ({ digest: digestSet(where as Digest) })),
    verificationResult: 'PASSED',
    // Levels are for those to say who trust the builder: none is claimed.
    verifiedLevels: [],
    ...(rebuilt !== undefined && { slipway_rebuild: rebuilt }),
  };
}

function digestSet(digest: Digest): JsonObject {
  return { sha256: digest.slice('sha256:'.length) };
}

/** A later verification that found the same says nothing new. */
function withoutTime(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { timeVerified: _time, inputAttestations: _inputs, verification, ...rest } = value as Record<string, unknown>;
  return { ...rest, ...(verification !== undefined && { verification: withoutTime(verification) }) };
}
