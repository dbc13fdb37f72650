import type { Digest, RunContext } from '../../core/index.js';
import { parseManifest, type Descriptor, type OpenedTarget, type StoredManifests } from '../../registry/index.js';
import type { PackedModel, PushedArtifact } from '../packaging/packed-model.js';

/** Attaches what earlier stages asked for: signatures and attestations stand before a tag names what they are about. */
export function sealing(
  packed: PackedModel,
  input: PackedModel,
  target: OpenedTarget['target'],
  context: RunContext,
): (stored: StoredManifests) => Promise<void> {
  return async (stored) => {
    const attachments = packed.attachments ?? [];
    if (attachments.length === 0) return;
    const artifacts = await Promise.all(stored.artifacts.map(async (one) => withLayers(one, target, context.signal)));
    const whole = { ...stored, artifacts, target, model: input };
    for (const attachment of attachments) await attachment.attach(whole, context);
  };
}

/** An artifact that stood there already has told no layers: its manifest does. */
async function withLayers(
  stored: StoredManifests['artifacts'][number],
  target: OpenedTarget['target'],
  signal: AbortSignal,
): Promise<StoredManifests['artifacts'][number]> {
  const { artifact, descriptor, layers } = stored;
  if (layers.length === artifact.layers.length) return stored;
  const { bytes } = await target.readManifest(descriptor.digest, signal);
  const { blobs } = parseManifest(bytes, descriptor.digest, descriptor.mediaType);
  return { artifact, descriptor, layers: blobs.slice(1).map((layer) => layer.digest) };
}

/** What an unchanged push finds in the target, in the form of one that has just been stored. */
export async function standing(
  input: PackedModel,
  target: OpenedTarget['target'],
  unchanged: readonly PushedArtifact[],
  { signal }: RunContext,
): Promise<StoredManifests> {
  const read = async (digest: Digest): Promise<{ descriptor: Descriptor; layers: readonly Digest[] }> => {
    const { descriptor, bytes } = await target.readManifest(digest, signal);
    const { blobs } = parseManifest(bytes, digest, descriptor.mediaType);
    return { descriptor, layers: blobs.slice(1).map((layer) => layer.digest) };
  };
  const artifacts: StoredManifests['artifacts'][number][] = [];
  for (const [position, artifact] of input.artifacts.entries()) {
    const known = unchanged[position];
    if (known !== undefined) artifacts.push({ artifact, ...(await read(known.digest)) });
  }
  const indexes: Descriptor[] = [];
  for (const { digest } of unchanged.slice(input.artifacts.length)) indexes.push((await read(digest)).descriptor);
  return { artifacts, indexes };
}
