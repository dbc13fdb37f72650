import { SlipwayError, type Digest, type RunContext } from '../core/index.js';
import type { ModelFile } from '../files/index.js';
import type { Artifact } from '../registry/index.js';
import type { PackedModel, PushedArtifact } from '../stages/index.js';
import { findKnownBlobs } from './known-blobs.js';
import type { Receipt } from './receipts.js';
import type { ShardedModel } from './sharded-model.js';
import type { ShardPlan } from './shard-plan.js';

/** What the last step made of the parts. */
export interface FinishResult {
  readonly pushed: readonly PushedArtifact[];
  /** What the stages after the push returned; the references without such. */
  readonly output: unknown;
  /** Bytes of the source that all parts read together, as they say. */
  readonly read: number;
}

/**
 * Proves that every blob is there, then pushes manifests and indexes and moves the tags, and runs what follows the push
 * (signatures, say). Two finishers do the same, and no harm. Throws `SHARD_INCOMPLETE` with the parts to repeat.
 */
export async function finishShards(sharded: ShardedModel, plan: ShardPlan, context: RunContext): Promise<FinishResult> {
  const { digests, receipts, missing } = await findKnownBlobs(sharded, plan, context.signal);
  if (missing.length > 0) throw incomplete(plan, missing);
  const pushed = await sharded.push.run(withDigests(sharded, digests), context);
  let output: unknown = pushed;
  for (const stage of sharded.after) output = await stage.run(output as never, context);
  await removeReceipts(sharded, receipts, context);
  return { pushed, output, read: receipts.reduce((sum, { read }) => sum + read, 0) };
}

/** The same model; what parts derived has its digest, is never derived again, and is read where it is. */
function withDigests({ model, target }: ShardedModel, digests: ReadonlyMap<ModelFile, Digest>): PackedModel {
  const artifacts = new Map(
    model.artifacts.map((artifact): [Artifact, Artifact] => [
      artifact,
      {
        ...artifact,
        // What is there already, a signature among it, is not made again.
        layers: artifact.layers.map(({ made, ...layer }) => ({
          ...layer,
          file: known(target, layer.file, digests.get(layer.file)),
          ...(made !== undefined && !digests.has(layer.file) && { made }),
        })),
      },
    ]),
  );
  const of = (artifact: Artifact): Artifact => artifacts.get(artifact) ?? artifact;
  const { from, name, indexes, variants, origins, attachments } = model;
  return {
    name,
    from,
    variants,
    attachments,
    ...(origins !== undefined && {
      origins: new Map([...origins].map(([artifact, origin]) => [of(artifact), origin])),
    }),
    artifacts: model.artifacts.map(of),
    ...(indexes !== undefined && { indexes: indexes.map((index) => ({ ...index, members: index.members.map(of) })) }),
  };
}

function known(target: ShardedModel['target'], file: ModelFile, digest: Digest | undefined): ModelFile {
  if (digest === undefined) return file;
  const { path, size } = file;
  return { path, size, digest, read: (range, signal) => target.readBlob({ digest, size }, range, signal) };
}

function incomplete(plan: ShardPlan, missing: readonly number[]): SlipwayError {
  const parts = [...new Set(missing.map((index) => plan.files[index]?.part ?? 0))].toSorted((a, b) => a - b);
  return new SlipwayError(
    'SHARD_INCOMPLETE',
    `${missing.length} of ${plan.files.length} files are not in '${plan.target}' yet`,
    {
      where: plan.target,
      got: missing
        .slice(0, 8)
        .map((index) => plan.files[index]?.path ?? '')
        .join(', '),
      kept: 'what is there; no tag was moved',
      try: parts.slice(0, 8).map((part) => `pipeline shard run PLAN --index ${part}`),
      context: { missing: missing.length, parts: parts.map(String) },
    },
  );
}

/** Receipts have done their work when the tags stand. A registry that deletes nothing keeps them. */
async function removeReceipts(
  { target }: ShardedModel,
  receipts: readonly Receipt[],
  context: RunContext,
): Promise<void> {
  let kept = 0;
  for (const { manifest } of receipts) {
    await target.deleteManifest(manifest.digest, context.signal).catch((error: unknown) => {
      // Another finisher was faster.
      if (!SlipwayError.is(error) || !['OCI_NOT_FOUND', 'NOT_FOUND'].includes(error.code)) kept += 1;
    });
  }
  if (kept > 0) {
    context.emit({
      type: 'warning',
      code: 'SHARD_RECEIPTS',
      message: `${kept} tags 'shard-…' stay in ${target.name}: the registry does not let them be deleted`,
    });
  }
}
