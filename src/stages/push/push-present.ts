import type { Digest, RunContext } from '../../core/index.js';
import type { Artifact, OpenedTarget } from '../../registry/index.js';
import { keyOf } from '../fingerprint.js';
import type { PackedModel, PushAttachment, PushedArtifact } from '../packaging/packed-model.js';
import type { PushOptions } from '../options/index.js';
import { publishedArtifacts, recordPublished, type Published } from './published.js';
import { tagsOf } from './push-tags.js';

type Target = OpenedTarget['target'];

/** What stands in a target of the artifacts of a push. */
export interface PresentArtifacts {
  /** Those that the push takes as they are. */
  readonly taken: ReadonlyMap<Artifact, Published>;
  /** Those that only the registry's annotation calls the same: taken too, unless something is going to be signed. */
  readonly claimed: ReadonlySet<Artifact>;
}

/**
 * The artifacts that stand in the target already, each for itself. A push that signs or attests takes nothing on the word
 * of an annotation: only what this machine's store knows, or what one of its own keys has signed.
 */
export async function presentArtifacts(
  input: PackedModel,
  target: Target,
  options: PushOptions,
  attachments: readonly PushAttachment[] = [],
  context: RunContext,
): Promise<PresentArtifacts> {
  if (options.reuse === false) return { taken: new Map(), claimed: new Set() };
  const asked = input.artifacts.map((artifact) => ({
    artifact,
    tags: tagsOf(input, artifact, options),
    key: keyIn(target, artifact),
  }));
  const isVouched = async (manifest: Digest): Promise<boolean> => {
    for (const one of attachments) if (await one.vouches?.(target, manifest, context.signal)) return true;
    return false;
  };
  const found = await publishedArtifacts(target, asked, isVouched, context);
  const claimed = new Set([...found].flatMap(([artifact, { isClaim }]) => (isClaim === true ? [artifact] : [])));
  const signs = attachments.length > 0;
  return { taken: new Map([...found].filter(([artifact]) => !signs || !claimed.has(artifact))), claimed };
}

/** Marks results that were taken over on a claim; an index over a claim is no better than the claim. */
export function markClaims(
  input: PackedModel,
  results: readonly PushedArtifact[],
  claimed: ReadonlySet<Artifact>,
): readonly PushedArtifact[] {
  if (claimed.size === 0) return results;
  const isTaken = input.artifacts.map((artifact) => claimed.has(artifact));
  return results.map((result, position) => ((isTaken[position] ?? true) ? { ...result, isClaim: true } : result));
}

/**
 * Keeps what became of artifacts, for the next run from the same store. What was taken on a claim is not kept, or a later run
 * that signs would find it in its own store. Returns whether all of it may be kept.
 */
export async function keepPublished(
  input: PackedModel,
  results: readonly PushedArtifact[],
  target: Target,
  { store }: RunContext,
): Promise<boolean> {
  for (const [position, artifact] of input.artifacts.entries()) {
    const pushed = results[position];
    if (pushed === undefined || pushed.isClaim === true) continue;
    await recordPublished(store, keyIn(target, artifact), pushed.digest);
  }
  return results.every(({ isClaim }) => isClaim !== true);
}

/** Under which a store keeps what became of an artifact in a target. */
function keyIn(target: Target, artifact: Artifact): string | undefined {
  const key = keyOf(artifact);
  return key === undefined ? undefined : `published ${target.name} ${key}`;
}
