import { SlipwayError, type Digest, type ErrorCode, type RunContext } from '../../core/index.js';
import { loadPolicy, verifyArtifact, type Policy, type VerifyReport } from '../../trust/index.js';
import { openRunTarget } from '../open-run-target.js';
import { bundleEvidence } from './bundle-evidence.js';
import { artifactFacts } from './artifact-facts.js';
import { certificateVerifier } from './certificates.js';
import { wantedReference } from '../../registry/index.js';

export interface VerifyReferenceOptions {
  readonly blobs?: boolean;
  readonly now?: Date;
  /** The digest that it must be. */
  readonly digest?: Digest;
  /** Files with bundles that speak for it instead of what is attached. */
  readonly bundles?: readonly string[];
}

/** Verifies what an address leads to. The digest in the report is what was verified: go on with that, not with the tag. */
export async function verifyReference(
  address: string,
  policy: Policy,
  context: RunContext,
  options: VerifyReferenceOptions = {},
): Promise<VerifyReport> {
  const opened = openRunTarget(address, context, 'verify');
  const { target, tag, digest } = opened;
  const pinned = options.digest ?? (tag === undefined ? undefined : digest);
  const byCertificate = certificateVerifier(policy);
  const evidence = await bundleEvidence(options.bundles ?? [], context.signal);
  return verifyArtifact(target, await wantedReference(opened, context.signal), {
    policy,
    now: options.now ?? new Date(),
    signal: context.signal,
    facts: async (wanted) => artifactFacts(target, wanted, context),
    digest: pinned,
    blobs: options.blobs,
    byCertificate,
    evidence,
  });
}

/** Refuses what a policy does not accept, before anything of it is fetched; the digest to go on with. Throws `TRUST_REFUSED`, `TRUST_UNDECIDED`. */
export async function requireTrusted(address: string, policyPath: string, context: RunContext): Promise<VerifyReport> {
  const report = await answered(verifyReference(address, await loadPolicy(policyPath, context.env), context));
  if (report.verdict !== 'accepted') throw verificationRefusal(report);
  return report;
}

/**
 * The address of an artifact by the digest that was verified: a tag that moves meanwhile changes nothing. Throws
 * `TRUST_REFUSED`, `TRUST_UNDECIDED`, `USAGE` for what is no artifact.
 */
export async function trustedAddress(address: string, policyPath: string, context: RunContext): Promise<string> {
  if (!/^(oci:\/\/|layout:|oci-archive:)/.test(address)) {
    throw new SlipwayError('USAGE', `a policy is about artifacts, and '${address}' is none`, {
      try: [
        'leave the policy out, or name an artifact: oci://host/repository:tag',
        'sourceSignature in the policy asks who signed the files of a repository or directory',
      ],
    });
  }
  const { digest } = await requireTrusted(address, policyPath, context);
  return `${address.replace(/@sha256:[0-9a-f]{64}$/, '')}@${digest}`;
}

/** A source that a policy lets in. */
export interface TrustedSource {
  readonly address: string;
  /** The policy that the source's own signature has still to satisfy; absent for an artifact, of which all is known. */
  readonly signedBy?: Policy;
}

/**
 * As {@link trustedAddress}, of any source: of a repository or directory a policy can ask who signed its files. Throws `USAGE` for a policy
 * that does not.
 */
export async function trustedSource(address: string, policyPath: string, context: RunContext): Promise<TrustedSource> {
  if (/^(oci:\/\/|layout:|oci-archive:)/.test(address))
    return { address: await trustedAddress(address, policyPath, context) };
  const policy = await loadPolicy(policyPath, context.env);
  if (policy.sourceSignature !== undefined) return { address, signedBy: policy };
  return { address: await trustedAddress(address, policyPath, context) };
}

/** Failures that mean that the evidence could not be had. */
const UNANSWERED: ReadonlySet<ErrorCode> = new Set([
  'NET_TIMEOUT',
  'NET_UNREACHABLE',
  'NET_UNAVAILABLE',
  'NET_REDIRECT',
  'NET_PROTOCOL',
  'OCI_UNAVAILABLE',
  'OCI_PROTOCOL',
  'OCI_UNAUTHORIZED',
  'OCI_DENIED',
  'OCI_NOT_FOUND',
  'CREDENTIAL_HELPER',
  'INSECURE_REFUSED',
  'OFFLINE',
]);
/** Failures that mean that what came is not what it should be. */
const HOSTILE: ReadonlySet<ErrorCode> = new Set(['MANIFEST_INVALID', 'DIGEST_MISMATCH', 'SIZE_MISMATCH']);

/** The report, or the failure in terms of trust: nothing could be told, or what came is refused. */
export async function answered(report: Promise<VerifyReport>): Promise<VerifyReport> {
  try {
    return await report;
  } catch (error) {
    if (!SlipwayError.is(error)) throw error;
    const code = UNANSWERED.has(error.code) ? 'TRUST_UNDECIDED' : HOSTILE.has(error.code) ? 'TRUST_REFUSED' : undefined;
    if (code === undefined) throw error;
    const { where, got, try: remedy } = error.details;
    throw new SlipwayError(code, `it could not be verified: ${error.message}`, {
      where,
      got,
      try: remedy,
      context: { code: error.code },
      cause: error,
    });
  }
}

/** The error of a report that is not `accepted`. */
export function verificationRefusal(report: VerifyReport): SlipwayError {
  const { verdict, reference, policy, checks } = report;
  const wrong = checks.filter(({ status, undecided }) => status === 'fail' || undecided === true);
  const problems = wrong.map(({ check, reason }) => ({ at: check, text: reason }));
  return verdict === 'refused'
    ? new SlipwayError('TRUST_REFUSED', `'${reference}' is not accepted by the policy '${policy}'`, {
        where: reference,
        problems,
        kept: 'nothing of it was fetched',
      })
    : new SlipwayError('TRUST_UNDECIDED', `whether '${reference}' is to be trusted could not be told`, {
        where: reference,
        problems,
        kept: 'nothing of it was fetched',
      });
}
