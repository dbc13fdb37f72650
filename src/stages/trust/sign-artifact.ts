import { isDigest, type Digest, type RunContext } from '../../core/index.js';
import {
  isWithheld,
  parseManifest,
  wantedReference,
  type Descriptor,
  type OpenedTarget,
  type StoredManifest,
  type Target,
} from '../../registry/index.js';
import {
  attachSubject,
  signManifest,
  type Attached,
  type AttachSubject,
  type Signer,
  type SignOptions,
} from '../../trust/index.js';
import { openRunTarget } from '../open-run-target.js';

/** A manifest in a target that something is to be attached to, and what an index lists before it. */
export interface ResolvedArtifact {
  readonly target: Target;
  readonly descriptor: Descriptor;
  /** Members of an index, then itself; a manifest alone. */
  readonly subjects: readonly AttachSubject[];
  readonly layers: readonly Descriptor[];
  readonly isIndex: boolean;
  /** `name[:tag]@digest`. */
  readonly reference: string;
}

/** Resolves an address once; from then on only the digest counts. */
export async function resolveArtifact(address: string, context: RunContext, stage: string): Promise<ResolvedArtifact> {
  const opened = openRunTarget(address, context, stage);
  const { target, tag, digest } = opened;
  const reference = await wantedReference(opened, context.signal);
  const { descriptor, bytes } = await readSubject(target, reference, context.signal);
  const parsed = parseManifest(bytes, reference, descriptor.mediaType);
  const named = tag ?? (digest === undefined && !isDigest(reference) ? reference : undefined);
  return {
    target,
    descriptor,
    subjects: [...parsed.manifests, descriptor].map(attachSubject),
    layers: parsed.blobs.slice(1),
    isIndex: parsed.kind === 'index',
    reference: fullName(target, named, descriptor.digest),
  };
}

/** Where a project gives out only what is signed, what is to be signed is asked for as that. */
async function readSubject(
  target: OpenedTarget['target'],
  reference: string,
  signal: AbortSignal,
): Promise<StoredManifest> {
  try {
    return await target.readManifest(reference, signal);
  } catch (error) {
    if (!isWithheld(error) || !('readToSign' in target)) throw error;
    return target.readToSign(reference, signal);
  }
}

function fullName(target: Target, tag: string | undefined, digest: Digest): string {
  return `${target.name}${tag === undefined ? '' : `:${tag}`}@${digest}`;
}

/** Signs a manifest, and of an index every member and the index itself. */
export async function signArtifact(
  artifact: Pick<ResolvedArtifact, 'target' | 'subjects'>,
  signer: Signer,
  options: Omit<SignOptions, 'signal'>,
  context: Pick<RunContext, 'signal'>,
): Promise<readonly Attached[]> {
  const done: Attached[] = [];
  for (const subject of artifact.subjects) {
    done.push(...(await signManifest(artifact.target, subject, signer, { ...options, signal: context.signal })));
  }
  return done;
}
