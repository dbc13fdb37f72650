import { SlipwayError, type Digest, type RunContext } from '../../core/index.js';
import {
  copy,
  isWithheld,
  parseManifest,
  wantedReference,
  type OpenedTarget,
  type ReadableTarget,
  type Target,
  type TransferEvent,
} from '../../registry/index.js';
import { legacyTag, loadPolicy, verifyArtifact, type Policy, type VerifyReport } from '../../trust/index.js';
import { openRunTarget } from '../open-run-target.js';
import { artifactFacts } from './artifact-facts.js';
import { certificateVerifier } from './certificates.js';
import { answered, verificationRefusal } from './verify-reference.js';

export interface PromoteOptions {
  /** Path of the policy file. */
  readonly policy: string;
  /** `false` refuses to move a tag that names something else. */
  readonly overwrite?: boolean;
}

/** What a promotion did. */
export interface Promoted {
  /** `name:tag@digest` in the destination. */
  readonly reference: string;
  readonly digest: Digest;
  readonly tag: string;
  /** What the tag named before; absent when it is new. */
  readonly before?: Digest;
  readonly blobs: { readonly sent: number; readonly exists: number; readonly mounted: number };
  readonly source: VerifyReport;
  readonly destination: VerifyReport;
}

/**
 * Verifies an artifact where it is, copies it by digest with everything that is attached to it, verifies it again where
 * it came to, and only then moves the tag. Throws `TRUST_REFUSED`, `TRUST_UNDECIDED`, `TAG_EXISTS`.
 */
export async function promote(
  from: string,
  to: string,
  options: PromoteOptions,
  context: RunContext,
): Promise<Promoted> {
  const policy = await loadPolicy(options.policy, context.env);
  const source = openRunTarget(from, context, 'promote');
  const destination = openRunTarget(to, context, 'promote');
  const asked = await wantedReference(source, context.signal);
  const verified = await trusted(source.target, asked, policy, context);
  const digest = verified.digest as Digest;
  const tag = destination.tag ?? source.tag ?? asked;
  if (destination.digest !== undefined || tag.startsWith('sha256:')) {
    throw new SlipwayError('USAGE', `'${to}' names no tag that could be moved`, {
      try: `${to.replace(/@.*$/, '')}:TAG`,
    });
  }
  const blobs = await copyWithEvidence(source.target, destination.target, digest, context);
  const arrived = await trusted(destination.target, digest, policy, context);
  const before = await resolved(destination.target, tag, context.signal);
  if (options.overwrite === false && before !== undefined && before !== digest)
    throw exists(destination, tag, before, digest);
  const { descriptor } = await destination.target.readManifest(digest, context.signal);
  if (before !== digest) await destination.target.tag(descriptor, tag, context.signal);
  return {
    reference: `${destination.target.name}:${tag}@${digest}`,
    digest,
    tag,
    before,
    blobs,
    source: verified,
    destination: arrived,
  };
}

async function trusted(target: Target, reference: string, policy: Policy, context: RunContext): Promise<VerifyReport> {
  const byCertificate = certificateVerifier(policy);
  const report = await answered(
    verifyArtifact(target, reference, {
      policy,
      now: new Date(),
      signal: context.signal,
      facts: async (digest) => artifactFacts(target, digest, context),
      byCertificate,
    }),
  );
  if (report.verdict !== 'accepted') throw verificationRefusal(report);
  return report;
}

/** A manifest, its members, its referrers, and what cosign's older scheme keeps under tags. */
async function copyWithEvidence(
  source: ReadableTarget,
  target: Target,
  digest: Digest,
  context: RunContext,
): Promise<Promoted['blobs']> {
  const { signal, limits } = context;
  const said = new Set<string>();
  const onEvent = (event: TransferEvent): void => {
    if (event.type !== 'warning' || said.has(event.message)) return;
    said.add(event.message);
    context.emit({ type: 'warning', code: 'REGISTRY_WARNING', message: event.message });
  };
  const shared = { concurrency: limits.concurrency, signal, onEvent };
  const done = await copy(source, target, { references: [digest], referrers: true, ...shared });
  const { bytes, descriptor } = await source.readManifest(digest, signal);
  const members = parseManifest(bytes, digest, descriptor.mediaType).manifests.map((one) => one.digest);
  for (const member of members) {
    await copy(source, target, { references: [member], referrers: true, ...shared });
  }
  for (const subject of [...members, digest]) {
    for (const ending of ['sig', 'att'] as const) {
      const tag = legacyTag(subject, ending);
      if ((await resolved(source, tag, signal)) !== undefined)
        await copy(source, target, { references: [tag], ...shared });
    }
  }
  const { sent, exists, mounted } = done.blobs;
  return { sent, exists, mounted };
}

async function resolved(
  target: Pick<ReadableTarget, 'resolve'>,
  tag: string,
  signal: AbortSignal,
): Promise<Digest | undefined> {
  try {
    return (await target.resolve(tag, signal)).digest;
  } catch (error) {
    // What is withheld says not what it is: it is moved away from all the same.
    if (isWithheld(error) || (SlipwayError.is(error) && error.code === 'OCI_NOT_FOUND')) return undefined;
    throw error;
  }
}

function exists({ target }: OpenedTarget, tag: string, before: Digest, digest: Digest): SlipwayError {
  return new SlipwayError('TAG_EXISTS', `'${tag}' already points to a different artifact`, {
    where: `${target.name}:${tag}`,
    got: `there ${before}, to be promoted ${digest}`,
    kept: 'it is in the destination by its digest; no tag was moved',
    try: 'a new tag, or leave --no-overwrite out',
  });
}
