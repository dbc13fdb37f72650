import { isDigest, SlipwayError, type Digest } from '../core/index.js';
import { isJsonObject, jsonField, parseJson, sha256, type ModelFile } from '../files/index.js';
import type { Artifact } from '../registry/index.js';
import { readReceipt, type Receipt } from './receipts.js';
import { blobsOf, type ShardedModel } from './sharded-model.js';
import type { ShardPlan } from './shard-plan.js';

/** Digests of the blobs that parts have derived. */
export interface KnownBlobs {
  /** By the file object of the model. */
  readonly digests: ReadonlyMap<ModelFile, Digest>;
  readonly receipts: readonly Receipt[];
  /** Files of the plan without a blob, by their place in it. */
  readonly missing: readonly number[];
}

/** What the parts say they have pushed, as far as it is there; else what stands under the tags already. */
export async function findKnownBlobs(sharded: ShardedModel, plan: ShardPlan, signal: AbortSignal): Promise<KnownBlobs> {
  const blobs = blobsOf(sharded.model);
  const digests = new Map<ModelFile, Digest>();
  const receipts: Receipt[] = [];
  const missing: number[] = [];
  for (const [index, { file }] of inPlan(sharded, plan)) {
    const receipt = await readReceipt(sharded.target, plan, index, signal);
    if (receipt === undefined) missing.push(index);
    else {
      receipts.push(receipt);
      digests.set(file, receipt.digest);
    }
  }
  if (missing.length === 0 || blobs.length === 0) return { digests, receipts, missing };
  const finished = await digestsOfTags(sharded, signal);
  return finished === undefined ? { digests, receipts, missing } : { digests: finished, receipts, missing: [] };
}

/** The model's blobs by their places in the plan. */
export function inPlan(
  sharded: ShardedModel,
  plan: ShardPlan,
): readonly (readonly [number, { readonly file: ModelFile; readonly artifact: Artifact }])[] {
  return blobsOf(sharded.model).map((blob) => {
    const index = plan.files.findIndex(
      ({ path, format, variant }) =>
        path === blob.file.path && format === blob.artifact.format && variant === (blob.artifact.variant ?? null),
    );
    if (index === -1) throw new SlipwayError('INTERNAL', `'${blob.file.path}' is not in the plan`);
    return [index, blob] as const;
  });
}

/**
 * Another finisher may have been here and taken the receipts away: then the tags point at manifests of exactly this model.
 * The layers' digests of such a manifest, sealed again, must give the manifest itself.
 */
async function digestsOfTags(
  { target, model, tags }: ShardedModel,
  signal: AbortSignal,
): Promise<ReadonlyMap<ModelFile, Digest> | undefined> {
  const digests = new Map<ModelFile, Digest>();
  for (const [index, artifact] of model.artifacts.entries()) {
    const [tag] = tags[index] ?? [];
    const layers = tag === undefined ? undefined : await layersUnder(target, tag, signal);
    if (layers === undefined || layers.digests.length !== artifact.layers.length) return undefined;
    try {
      if (sha256(artifact.seal(layers.digests).manifest.bytes) !== layers.manifest) return undefined;
    } catch {
      return undefined;
    }
    for (const [position, { file }] of artifact.layers.entries()) {
      const digest = layers.digests[position];
      if (digest !== undefined) digests.set(file, digest);
    }
  }
  return digests;
}

async function layersUnder(
  target: ShardedModel['target'],
  tag: string,
  signal: AbortSignal,
): Promise<{ readonly manifest: Digest; readonly digests: readonly Digest[] } | undefined> {
  try {
    const { descriptor, bytes } = await target.readManifest(tag, signal);
    const value = parseJson(new TextDecoder().decode(bytes), tag);
    const layers = isJsonObject(value) ? jsonField(value, 'layers') : undefined;
    if (!Array.isArray(layers)) return undefined;
    const digests = layers.map((layer: unknown) => (layer as { readonly digest?: unknown }).digest);
    return digests.every(isDigest) ? { manifest: descriptor.digest, digests: digests } : undefined;
  } catch (error) {
    if (SlipwayError.is(error) && ['OCI_NOT_FOUND', 'NOT_FOUND', 'MANIFEST_INVALID'].includes(error.code))
      return undefined;
    throw error;
  }
}
