import { abortedError, SlipwayError, throwIfAborted, type Digest } from '../core/index.js';
import { memoryFile } from '../files/index.js';
import type { Artifact, Layer } from './artifact.js';
import type { Descriptor } from './descriptor.js';
import { findReference, tagExists } from './find-reference.js';
import { isTag } from './reference.js';
import { storeManifest, type StoredManifest } from './store-manifest.js';
import type { PushedBlob, Target } from './target.js';
import { countBlobs, Transfer, type BlobCounts } from './transfer.js';
import type { OnTransfer } from './transfer-event.js';

/** An artifact that is in the target as it would be made now. */
export interface PresentArtifact {
  readonly descriptor: Descriptor;
  /** Config, layers and manifest, bytes. */
  readonly size: number;
  /** Those of its tags that do not point at it yet. */
  readonly untagged?: readonly string[];
}

export interface PushArtifactsOptions {
  /** Tags of an artifact; none for one that is to be had by its digest only. */
  readonly tags: (artifact: Artifact) => readonly string[];
  /** Blobs on their way at the same time; 4 unless given. */
  readonly concurrency?: number;
  /** Refuse to move a tag that points at another manifest. */
  readonly noOverwrite?: boolean;
  /** Repository of the same registry that may hold the blobs already. */
  readonly mountFrom?: string;
  /** Repository of the same registry for one layer, when it has one of its own. */
  readonly mountLayer?: (layer: Layer) => string | undefined;
  /** Called when everything is there and before the first tag moves; what it throws ends the push with no tag moved. */
  readonly beforeTags?: (stored: StoredManifests) => Promise<void>;
  /** Artifacts that stand in the target under their tags already: nothing of them is read or sent. */
  readonly present?: ReadonlyMap<Artifact, PresentArtifact>;
  readonly signal?: AbortSignal;
  readonly onEvent?: OnTransfer;
}

/** What stands in the target by digest, before any tag names it. */
export interface StoredManifests {
  readonly artifacts: readonly {
    readonly artifact: Artifact;
    readonly descriptor: Descriptor;
    /** The layers' digests, in their order. */
    readonly layers: readonly Digest[];
  }[];
  readonly indexes: readonly Descriptor[];
}

/** An index that is stored after the artifacts that it lists. */
export interface ArtifactIndex {
  /** Which of the artifacts it lists. */
  readonly members: readonly Artifact[];
  readonly tags: readonly string[];
  /** Pure. Called with the members' descriptors, in their order. */
  seal(members: readonly Descriptor[]): { readonly mediaType: string; readonly bytes: Uint8Array };
}

/** A manifest or index as it now stands in the target. */
export interface PushedManifest {
  /** `name:tag@digest`, or `name@digest` without a tag. */
  readonly reference: string;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly tags: readonly string[];
  /** Config, layers and manifest, bytes. */
  readonly size: number;
  /** It stood under all of its tags before: nothing was sent for it. */
  readonly unchanged: boolean;
}

/** One artifact as it now stands in the target. */
export interface PushedToTarget extends PushedManifest {
  readonly artifact: Artifact;
  readonly blobs: BlobCounts;
}

/**
 * Pushes artifacts whose layers may still be computed while they are sent. A file that several layers or artifacts
 * share goes once. Tags move last, together, and only after every blob and manifest is there: a failed push moves none.
 * Throws `TAG_EXISTS` with `noOverwrite`, and what the target throws.
 */
export async function pushArtifacts(
  target: Target,
  artifacts: readonly Artifact[],
  options: PushArtifactsOptions,
): Promise<readonly PushedToTarget[]> {
  return (await pushIndexed(target, artifacts, [], options)).artifacts;
}

/** As {@link pushArtifacts}, with indexes over some of the artifacts; their tags move with the artifacts' own. */
export async function pushIndexed(
  target: Target,
  artifacts: readonly Artifact[],
  indexes: readonly ArtifactIndex[],
  options: PushArtifactsOptions,
): Promise<PushedAll> {
  try {
    return await pushAll(target, artifacts, indexes, options);
  } catch (error) {
    // A file of the caller's own ends with whatever the signal says.
    throw options.signal?.aborted === true && !SlipwayError.is(error) ? abortedError(options.signal) : error;
  }
}

interface PushedAll {
  readonly artifacts: readonly PushedToTarget[];
  readonly indexes: readonly PushedManifest[];
}

async function pushAll(
  target: Target,
  artifacts: readonly Artifact[],
  indexes: readonly ArtifactIndex[],
  options: PushArtifactsOptions,
): Promise<PushedAll> {
  const tags = artifacts.map((artifact) => options.tags(artifact));
  checkTags([...tags.flat(), ...indexes.flatMap((index) => index.tags)]);
  const signal = options.signal ?? new AbortController().signal;
  const transfer = new Transfer(target, {
    signal,
    concurrency: options.concurrency ?? 4,
    mountFrom: options.mountFrom,
    onEvent: options.onEvent,
  });
  const stored = await settled(
    artifacts.map(async (artifact, position): Promise<Stored> => {
      const known = options.present?.get(artifact);
      if (known === undefined) return store(target, artifact, tags[position] ?? [], transfer, options);
      return presentAlready(artifact, known);
    }),
  );
  const listed: StoredManifest[] = [];
  for (const index of indexes) listed.push(await storeIndex(target, index, stored, signal, options.onEvent));
  const moves = [...stored, ...listed].flatMap(({ descriptor, untagged }) => movesOf(descriptor, untagged));
  const manifests: StoredManifests = {
    artifacts: stored.map(({ artifact, descriptor, blobs }) => ({
      artifact,
      descriptor,
      layers: blobs.slice(0, artifact.layers.length).map(({ digest }) => digest),
    })),
    indexes: listed.map(({ descriptor }) => descriptor),
  };
  await moveTags(target, moves, manifests, options, signal);
  return {
    artifacts: stored.map((one, position) => pushed(target, one, tags[position] ?? [])),
    indexes: listed.map((one, position) => standing(target, one, indexes[position]?.tags ?? [])),
  };
}

async function moveTags(
  target: Target,
  moves: readonly Move[],
  manifests: StoredManifests,
  options: PushArtifactsOptions,
  signal: AbortSignal,
): Promise<void> {
  if (options.noOverwrite === true) await refuseOverwrite(target, moves, signal);
  await options.beforeTags?.(manifests);
  for (const { descriptor, tag } of moves) {
    throwIfAborted(signal);
    await target.tag(descriptor, tag, signal);
    options.onEvent?.({ type: 'tag', reference: `${target.name}:${tag}`, digest: descriptor.digest });
  }
  if (options.onEvent !== undefined) await readBack(target, moves, signal, options.onEvent);
}

function movesOf(descriptor: Descriptor, tags: readonly string[]): Move[] {
  return tags.map((tag) => ({ descriptor, tag }));
}

/** A tag that is to point at a manifest. */
interface Move {
  readonly descriptor: Descriptor;
  readonly tag: string;
}

interface Stored extends StoredManifest {
  readonly artifact: Artifact;
  readonly blobs: readonly PushedBlob[];
  /** Bytes of one that was there already. */
  readonly size?: number;
}

function presentAlready(artifact: Artifact, { descriptor, size, untagged = [] }: PresentArtifact): Stored {
  return { artifact, descriptor, blobs: [], size, untagged, isSent: false };
}

async function store(
  target: Target,
  artifact: Artifact,
  tags: readonly string[],
  transfer: Transfer,
  { onEvent, mountLayer }: PushArtifactsOptions,
): Promise<Stored> {
  const send = (layer: Layer): Promise<PushedBlob> => transfer.send(layer.file, mountLayer?.(layer));
  let before: Promise<unknown> = Promise.resolve();
  const ready = await settled(
    artifact.layers.map(async (layer) => {
      if (layer.made !== undefined) return undefined;
      if (!isComputedInOrder(layer)) return send(layer);
      const sent = before.then(() => send(layer));
      // A failure stops the transfer: what comes after it ends by itself.
      before = sent.catch(() => {});
      return sent;
    }),
  );
  const layers = await sendMade(artifact, ready, transfer);
  const sealed = artifact.seal(layers.map((layer) => layer.digest));
  const config = await transfer.send(memoryFile(`${artifact.format} config`, sealed.config.bytes));
  const { bytes, mediaType, artifactType } = sealed.manifest;
  const blobs = [...layers, config];
  const isThere = blobs.every(({ how }) => how === 'exists');
  const manifest = { bytes, mediaType };
  const kept = await storeManifest(target, manifest, tags, isThere, transfer.signal, onEvent);
  const descriptor = artifactType === undefined ? kept.descriptor : { ...kept.descriptor, artifactType };
  return { ...kept, artifact, descriptor, blobs };
}

/** Sends what is made of the other layers' digests, now that these are known. */
async function sendMade(
  { layers }: Artifact,
  sent: readonly (PushedBlob | undefined)[],
  transfer: Transfer,
): Promise<readonly PushedBlob[]> {
  const others = layers.flatMap(({ mediaType, annotations }, index) => {
    const blob = sent[index];
    return blob === undefined ? [] : [{ mediaType, digest: blob.digest, size: blob.size, annotations }];
  });
  const all: PushedBlob[] = [];
  for (const [index, layer] of layers.entries()) {
    const there = sent[index];
    if (there !== undefined) all.push(there);
    else if (layer.made !== undefined) all.push(await transfer.send(await layer.made(others, transfer.signal)));
  }
  return all;
}

/** Whether a layer is computed from files that are fetched in their own order: several at once would have to be fetched apart. */
function isComputedInOrder({ file }: Layer): boolean {
  return file.sources?.some((range) => range.file.group !== undefined) === true;
}

async function storeIndex(
  target: Target,
  index: ArtifactIndex,
  stored: readonly Stored[],
  signal: AbortSignal,
  onEvent: OnTransfer | undefined,
): Promise<StoredManifest> {
  throwIfAborted(signal);
  const byArtifact = new Map(stored.map((one) => [one.artifact, one]));
  const members = index.members.flatMap((artifact) => byArtifact.get(artifact) ?? []);
  const sealed = index.seal(members.map(({ descriptor }) => descriptor));
  const isThere = members.every(({ blobs }) => blobs.every(({ how }) => how === 'exists'));
  return storeManifest(target, sealed, index.tags, isThere, signal, onEvent);
}

/** Waits for all, so that nothing is still at work when the first error is thrown. */
async function settled<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(promises);
  const failures = results.filter((result) => result.status === 'rejected').map((result): unknown => result.reason);
  // The cause is what is no mere consequence of the stop that it brought about.
  const cause = failures.find((reason) => !SlipwayError.is(reason) || reason.code !== 'ABORTED') ?? failures[0];
  if (cause !== undefined) throw cause;
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

function checkTags(tags: readonly string[]): void {
  const wrong = tags.find((tag) => !isTag(tag));
  if (wrong !== undefined) throw new SlipwayError('USAGE', `'${wrong.slice(0, 140)}' is not a tag`);
  const twice = tags.find((tag, index) => tags.indexOf(tag) !== index);
  if (twice === undefined) return;
  throw new SlipwayError('USAGE', `two artifacts would both be called '${twice}'`, {
    try: 'give every variant a tag of its own',
  });
}

async function refuseOverwrite(target: Target, moves: readonly Move[], signal: AbortSignal): Promise<void> {
  for (const { descriptor, tag } of moves) {
    const present = (await findReference(target, tag, signal))?.digest;
    if (present === undefined || present === descriptor.digest) continue;
    const kept = 'every blob and manifest is pushed; no tag was moved';
    throw tagExists(`${target.name}:${tag}`, present, descriptor.digest, kept);
  }
}

/** Any account that may push can move a tag: a run that relies on one says that it points elsewhere already. */
async function readBack(
  target: Target,
  moves: readonly Move[],
  signal: AbortSignal,
  onEvent: OnTransfer,
): Promise<void> {
  for (const { descriptor, tag } of moves) {
    const where = `${target.name}:${tag}`;
    const message = await differenceAt(target, tag, descriptor.digest, signal).catch((error: unknown) => {
      // It has been written: an account that may only push has not failed.
      if (!SlipwayError.is(error) || signal.aborted || error.code === 'DIGEST_MISMATCH') throw error;
      return `'${where}' was written, and could not be read back: ${error.message}`;
    });
    if (message !== undefined) onEvent({ type: 'warning', message });
  }
}

async function differenceAt(
  target: Target,
  tag: string,
  digest: Digest,
  signal: AbortSignal,
): Promise<string | undefined> {
  const present = (await findReference(target, tag, signal))?.digest;
  if (present === digest) return undefined;
  return `'${target.name}:${tag}' was moved by someone else: ${present ?? 'gone'}, not ${digest}`;
}

function pushed(target: Target, stored: Stored, tags: readonly string[]): PushedToTarget {
  const { artifact, descriptor, blobs, size } = stored;
  return {
    ...standing(target, stored, tags),
    artifact,
    size: size ?? blobs.reduce((sum, blob) => sum + blob.size, descriptor.size),
    blobs: countBlobs(blobs),
  };
}

function standing(
  target: Target,
  { descriptor, untagged, isSent }: StoredManifest,
  tags: readonly string[],
): PushedManifest {
  const [first] = tags;
  const { digest, mediaType, size } = descriptor;
  return {
    reference: `${target.name}${first === undefined ? '' : `:${first}`}@${digest}`,
    digest,
    mediaType,
    tags,
    size,
    unchanged: !isSent && untagged.length === 0,
  };
}
