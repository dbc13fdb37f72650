import { SlipwayError, type Digest } from '../../core/index.js';
import { parseManifest, type ParsedManifest, type ReadableTarget } from '../../registry/index.js';
import { PREDICATES, subjectDigests } from '../bundle/statement.js';
import { collectEvidence, type Evidence, type EvidenceSource, type FoundAttestation } from '../collect-evidence.js';
import { contentChecks, type ArtifactFacts, type AttestedSubject } from './content-checks.js';
import { identify, identifySignature, type CertificateVerifier, type VerifiedAttestation } from './identify.js';
import type { Policy } from './policy.js';
import {
  fail,
  pass,
  skip,
  undecided,
  verdictOf,
  type Check,
  type VerifiedBy,
  type VerifyReport,
} from './verification-report.js';

export interface VerifyOptions {
  readonly policy: Policy;
  /** The digest that it must be. */
  readonly digest?: Digest;
  /** Reads every blob and checks its digest; without it blobs are checked when they are pulled. */
  readonly blobs?: boolean;
  /** Says what an artifact holds, from what its manifest lists. Asked only when the policy wants to know. */
  readonly facts?: (digest: Digest) => Promise<ArtifactFacts>;
  readonly byCertificate?: CertificateVerifier;
  /** Where evidence is found; what is attached to the digest unless given. */
  readonly evidence?: EvidenceSource;
  /** What counts as now. */
  readonly now: Date;
  readonly signal?: AbortSignal;
}

/** Most members of an index that are verified. */
const MOST_MEMBERS = 256;

/**
 * Verifies an artifact against a policy: resolves the reference once, collects what is attached to the digest, and answers
 * every question of the policy. A predicate type is asked for explicitly everywhere: provenance is no signature. Of an
 * index every member is verified too. Throws what the registry throws when it cannot be asked.
 */
export async function verifyArtifact(
  target: ReadableTarget & { readonly name: string },
  reference: string,
  options: VerifyOptions,
): Promise<VerifyReport> {
  const { descriptor, bytes } = await target.readManifest(reference, options.signal);
  const checks: Check[] = [resolution(reference, descriptor.digest, options.digest)];
  const parsed = parseManifest(bytes, descriptor.digest, descriptor.mediaType);
  const root = await verifyManifest(target, descriptor.digest, parsed, options);
  checks.push(...root.checks);
  const members = parsed.manifests.slice(0, MOST_MEMBERS);
  if (parsed.manifests.length > MOST_MEMBERS)
    checks.push(undecided('members', `${parsed.manifests.length} members, ${MOST_MEMBERS} were looked at`));
  const results = [root];
  for (const member of members) {
    const child = await target.readManifest(member.digest, options.signal);
    const inner = parseManifest(child.bytes, member.digest, child.descriptor.mediaType);
    const result = await verifyManifest(target, member.digest, inner, options);
    results.push(result);
    checks.push(...result.checks.map((check) => ({ ...check, subject: member.digest })));
  }
  const verdict = verdictOf(checks);
  return {
    v: 1,
    ok: verdict === 'accepted',
    verdict,
    reference: `${target.name}${reference.startsWith('sha256:') ? '' : `:${reference}`}@${descriptor.digest}`,
    digest: descriptor.digest,
    policy: options.policy.name,
    checks,
    verified: results.flatMap(({ verified }) => verified),
    notChecked: notChecked(options, results),
    evidence: summary(results.map(({ evidence }) => evidence)),
  };
}

interface ManifestResult {
  readonly checks: readonly Check[];
  readonly verified: readonly VerifiedBy[];
  readonly evidence: Evidence;
  readonly attestations: readonly VerifiedAttestation[];
}

async function verifyManifest(
  target: ReadableTarget,
  digest: Digest,
  parsed: ParsedManifest,
  options: VerifyOptions,
): Promise<ManifestResult> {
  const { policy, signal } = options;
  const evidence = await (options.evidence ?? collectEvidence)(target, digest, signal);
  const signers = new Map<FoundAttestation, Awaited<ReturnType<typeof identify>>>();
  for (const found of evidence.attestations)
    signers.set(found, await identify(found, policy, options.byCertificate, options.now));
  // A statement about something else says nothing here, whatever key signed it.
  const own = evidence.attestations.filter((found) => subjectDigests(found.statement).has(digest));
  const attestations = own.flatMap((found): VerifiedAttestation[] => {
    const signer = signers.get(found);
    if (signer?.kind !== 'known') return [];
    const { identity, signedAt } = signer;
    return [{ ...found, identity, signedAt }];
  });
  const doubts = own.flatMap((found) => {
    const signer = signers.get(found);
    return signer?.kind === 'undecided' ? [{ type: found.statement.predicateType, reason: signer.reason }] : [];
  });
  const subject: Judged = { digest, evidence, attestations, doubts };
  const signature = policy.requireSignature ? [signatureCheck(subject, policy)] : [];
  const checks = signature.map(({ check }) => check);
  for (const type of policy.requirePredicates) checks.push(predicateCheck(subject, type, parsed));
  const attested: AttestedSubject = { digest, parsed, attestations };
  checks.push(...(await contentChecks(attested, options)));
  if (options.blobs === true) checks.push(await blobCheck(target, parsed, signal));
  const verified = attestations.map((one) => ({
    subject: digest,
    predicateType: one.statement.predicateType,
    identity: one.identity.name,
    where: one.where,
  }));
  return { checks, verified: [...verified, ...signature.flatMap(({ by }) => by ?? [])], evidence, attestations };
}

/** A manifest with what speaks for it. */
interface Judged {
  readonly digest: Digest;
  readonly evidence: Evidence;
  readonly attestations: readonly VerifiedAttestation[];
  /** Statements about it whose signer could not be told. */
  readonly doubts: readonly { readonly type: string; readonly reason: string }[];
}

function signatureCheck(judged: Judged, policy: Policy): { check: Check; by?: VerifiedBy } {
  const { digest, evidence, attestations } = judged;
  const bundle = attestations.find(({ statement }) => statement.predicateType === PREDICATES.sign);
  if (bundle !== undefined) return { check: pass('signature', `signed by '${bundle.identity.name}'`) };
  const legacy = evidence.signatures.flatMap((found) => {
    const identity = found.digest === digest ? identifySignature(found, policy) : undefined;
    return identity === undefined ? [] : [{ found, identity }];
  })[0];
  if (legacy !== undefined && policy.allowLegacySignature) {
    const by = {
      subject: digest,
      predicateType: 'simplesigning',
      identity: legacy.identity.name,
      where: legacy.found.where,
    };
    return {
      check: pass('signature', `signed by '${legacy.identity.name}', under the tag that cosign up to 2.5 uses`),
      by,
    };
  }
  if (legacy !== undefined)
    return {
      check: fail('signature', 'there is a signature of the older form only, which the policy does not accept'),
    };
  const older = evidence.signatures.some((found) => found.digest === digest && found.hasCertificate);
  if (older && policy.identities.some(({ kind }) => kind === 'certificate'))
    return { check: undecided('signature', 'signed with a certificate in the older form, which is not verified here') };
  return { check: missing(judged, 'signature', PREDICATES.sign, absence(judged)) };
}

/** Why there is no signature, from what there is instead. */
function absence({ digest, evidence, attestations }: Judged): string {
  const signed = evidence.attestations.filter(({ statement }) => statement.predicateType === PREDICATES.sign);
  const foreign = signed.some(({ statement }) => subjectDigests(statement).has(digest));
  if (foreign || evidence.signatures.some((one) => one.digest === digest))
    return 'signed, but by none of the identities that the policy names';
  if (signed.length > 0 || evidence.signatures.length > 0)
    return 'the signature attached to it is about another digest';
  if (attestations.length > 0) return 'not signed: what the identities attested is no signature';
  return 'not signed';
}

function predicateCheck(judged: Judged, type: string, parsed: ParsedManifest): Check {
  const name = `attestation ${type}`;
  const found = judged.attestations.find(({ statement }) => statement.predicateType === type);
  if (found !== undefined) return pass(name, `attested by '${found.identity.name}'`);
  // What an index lists is attested, each member by itself.
  if (parsed.kind === 'index') return skip(name, 'an index: its members are looked at');
  const there = judged.evidence.attestations.some(({ statement }) => statement.predicateType === type);
  return missing(
    judged,
    name,
    type,
    there ? 'attested, but by none of the identities that the policy names, or about another digest' : 'not attested',
  );
}

/** Absence refuses, unless something could not be looked at that may be it. */
function missing({ evidence, doubts }: Judged, name: string, type: string, reason: string): Check {
  const doubt = doubts.find((one) => one.type === type);
  if (doubt !== undefined) return undecided(name, doubt.reason);
  const [incomplete] = evidence.incomplete;
  return incomplete === undefined ? fail(name, reason) : undecided(name, `${reason}, and ${incomplete}`);
}

function resolution(reference: string, digest: Digest, pinned: Digest | undefined): Check {
  if (pinned !== undefined && pinned !== digest) return fail('digest', `'${reference}' is ${digest}, not ${pinned}`);
  return pass(
    'digest',
    reference === digest ? 'the manifest has the digest that was named' : `'${reference}' is ${digest}`,
  );
}

async function blobCheck(
  target: ReadableTarget,
  parsed: ParsedManifest,
  signal: AbortSignal | undefined,
): Promise<Check> {
  try {
    for (const blob of parsed.blobs) for await (const _ of target.readBlob(blob, undefined, signal));
  } catch (error) {
    const broken = SlipwayError.is(error) && ['DIGEST_MISMATCH', 'SIZE_MISMATCH', 'OCI_NOT_FOUND'].includes(error.code);
    if (!broken) throw error;
    return fail('blobs', [error.message, error.details.got].filter(Boolean).join(': '));
  }
  return pass('blobs', `${parsed.blobs.length} blobs have the digests that the manifest names`);
}

function notChecked(options: VerifyOptions, results: readonly ManifestResult[]): string[] {
  const untimed = results.some(({ attestations }) => attestations.some(({ signedAt }) => signedAt === undefined));
  const byKey = options.policy.identities.some(({ kind }) => kind === 'key');
  return [
    ...(options.evidence === undefined
      ? []
      : ['what is attached to it where it lies: only the bundles that were given']),
    ...(options.blobs === true ? [] : ["the blobs' bytes: each is checked against its digest when it is pulled"]),
    ...(byKey || untimed ? ['when it was signed: a signature by a key carries no trusted time'] : []),
    ...(byKey ? ['whether a transparency log knows the signature'] : []),
    'whether the provenance is true: pipeline verify REF --rebuild proves it',
  ];
}

function summary(found: readonly Evidence[]): VerifyReport['evidence'] {
  // Bundles of a file speak for every member of an index: they are counted once.
  const all = [...new Set(found)];
  return {
    attestations: all.reduce((sum, one) => sum + one.attestations.length, 0),
    legacySignatures: all.reduce((sum, one) => sum + one.signatures.length, 0),
    otherReferrers: all.reduce((sum, one) => sum + one.others.length, 0),
    unreadable: all.flatMap((one) => one.unreadable),
    incomplete: all.flatMap((one) => one.incomplete),
  };
}
