import { isDigest, SlipwayError, type BlobStore, type Digest, type RunContext } from '../../core/index.js';
import { sha256 } from '../../files/index.js';
import {
  MANIFEST_LIMIT,
  parseManifest,
  type Artifact,
  type Descriptor,
  type OpenedTarget,
} from '../../registry/index.js';

/** Annotation of a manifest: digest of what the artifact was made of and how. */
export const RECIPE_ANNOTATION = 'dev.slipway.recipe';

type Target = OpenedTarget['target'];

/** An artifact that is in the target as it would be made now. */
export interface Published {
  readonly descriptor: Descriptor;
  /** Config, layers and manifest, bytes. */
  readonly size: number;
  /** Those of its tags that do not point at it yet. */
  readonly untagged?: readonly string[];
  /** Only an annotation of the registry says so, and any account that may push can write one. */
  readonly isClaim?: boolean;
}

/**
 * Which of the artifacts stand under their tags already. The registry says so itself (a manifest names the recipe of its
 * artifact), for a machine that has never seen it; for a source whose recipe cannot be published, the store's record does.
 * What only the registry's annotation says is marked as a claim, unless `isVouched` knows better.
 */
export async function publishedArtifacts(
  target: Target,
  artifacts: readonly {
    readonly artifact: Artifact;
    readonly tags: readonly string[];
    readonly key: string | undefined;
  }[],
  isVouched: (manifest: Digest) => Promise<boolean>,
  context: RunContext,
): Promise<ReadonlyMap<Artifact, Published>> {
  const found = await Promise.all(
    artifacts.map(
      async ({ artifact, tags, key }) =>
        [artifact, await published(target, artifact, tags, key, isVouched, context)] as const,
    ),
  );
  return new Map(found.flatMap(([artifact, one]) => (one === undefined ? [] : [[artifact, one] as const])));
}

async function published(
  target: Target,
  artifact: Artifact,
  tags: readonly string[],
  key: string | undefined,
  isVouched: (manifest: Digest) => Promise<boolean>,
  { signal, store }: RunContext,
): Promise<Published | undefined> {
  if (tags.length === 0 || (artifact.recipe === undefined && key === undefined)) return undefined;
  const known = key === undefined ? undefined : await recorded(store, key);
  // A registry answers for what it has; what lies in a directory is looked at when it is written.
  const isRegistry = target.host !== undefined;
  // Under a tag of its own; or by the digest that this machine has pushed under another tag.
  for (const reference of [...tags, ...(known === undefined || !isRegistry ? [] : [known])]) {
    const found = await standingAt(target, artifact, reference, known, signal);
    if (found === undefined) continue;
    const { descriptor } = found;
    const untagged: string[] = [];
    for (const tag of tags)
      if (tag !== reference && !(await pointsAt(target, tag, descriptor.digest, signal))) untagged.push(tag);
    if (untagged.length > 0 && !isRegistry) return undefined;
    const isClaim = descriptor.digest !== known && !(await isVouched(descriptor.digest));
    return { ...found, untagged, ...(isClaim && { isClaim }) };
  }
  return undefined;
}

/** What a reference names, when it is this artifact: by the record of this machine, or by the annotation. */
async function standingAt(
  target: Target,
  artifact: Artifact,
  reference: string,
  known: Digest | undefined,
  signal: AbortSignal,
): Promise<Published | undefined> {
  return ifReadable(signal, async () => {
    const { descriptor, bytes } = await target.readManifest(reference, signal);
    const { annotations, blobs } = parseManifest(bytes, reference, descriptor.mediaType);
    const isClaimed = artifact.recipe !== undefined && annotations[RECIPE_ANNOTATION] === artifact.recipe;
    if (!(descriptor.digest === known || isClaimed) || !sameLayers(artifact, blobs.slice(1))) return undefined;
    return { descriptor, size: blobs.reduce((sum, blob) => sum + blob.size, descriptor.size) };
  });
}

async function pointsAt(target: Target, tag: string, digest: Digest, signal: AbortSignal): Promise<boolean> {
  return (await ifReadable(signal, async () => (await target.resolve(tag, signal)).digest)) === digest;
}

/** Whatever cannot be read is not there as it should be: the push goes on and says what is wrong. */
async function ifReadable<T>(signal: AbortSignal, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (signal.aborted || !SlipwayError.is(error)) throw error;
    return undefined;
  }
}

/** True when what a tag points at cannot be this artifact: its layers are others, as far as they are known. */
export async function hasOtherLayers(
  target: Target,
  artifact: Artifact,
  tag: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const { descriptor, bytes } = await target.readManifest(tag, signal);
    return !sameLayers(artifact, parseManifest(bytes, tag, descriptor.mediaType).blobs.slice(1));
  } catch (error) {
    if (signal.aborted || !SlipwayError.is(error)) throw error;
    return false;
  }
}

/** What is known of the layers beforehand must agree with what is there. */
function sameLayers({ layers }: Artifact, present: readonly Descriptor[]): boolean {
  return (
    layers.length === present.length &&
    layers.every(({ file, mediaType }, index) => {
      const there = present[index];
      if (there === undefined || there.mediaType !== mediaType || there.size !== file.size) return false;
      return file.digest === undefined || file.digest === there.digest;
    })
  );
}

/** Keeps what became of an artifact, for the next run from the same store. */
export async function recordPublished(
  store: BlobStore | undefined,
  key: string | undefined,
  digest: Digest,
): Promise<void> {
  if (key !== undefined) await store?.writeRecord?.(sha256(key), `${JSON.stringify({ v: 2, manifest: digest })}\n`);
}

async function recorded(store: BlobStore | undefined, key: string): Promise<Digest | undefined> {
  const text = await store?.readRecord?.(sha256(key));
  if (text === undefined || text.length > MANIFEST_LIMIT) return undefined;
  try {
    const { v, manifest } = JSON.parse(text) as { readonly v?: unknown; readonly manifest?: unknown };
    // The first version also kept what only an annotation had said.
    return v === 2 && isDigest(manifest) ? manifest : undefined;
  } catch {
    return undefined;
  }
}
