import { SlipwayError, type Digest } from '../../core/index.js';
import { parseManifest, type Descriptor, type OpenedTarget } from '../../registry/index.js';

type Target = OpenedTarget['target'];

/** A tag and what it points at. */
export interface Tagged {
  readonly tag: string;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly artifactType: string | undefined;
  /** Config, layers and manifest, bytes; of an index the manifest alone. */
  readonly size: number;
}

/** Every tag with its manifest, in the order of the tags. */
export async function taggedManifests(target: Target, signal: AbortSignal): Promise<readonly Tagged[]> {
  const found: Tagged[] = [];
  for (const tag of await target.tags(signal)) {
    const { descriptor, bytes } = await target.readManifest(tag, signal);
    const { blobs, artifactType } = parseManifest(bytes, tag, descriptor.mediaType);
    const { digest, mediaType } = descriptor;
    const size = blobs.reduce((sum, blob) => sum + blob.size, descriptor.size);
    found.push({ tag, digest, mediaType, artifactType, size });
  }
  return found;
}

/** What refers to a manifest, and what refers to that, the farthest first: the order in which they can be deleted. */
export async function allReferrers(
  target: Target,
  digest: Digest,
  signal: AbortSignal,
): Promise<readonly Descriptor[]> {
  const found = new Map<Digest, Descriptor>();
  const look = async (subject: Digest): Promise<void> => {
    for (const one of await target.referrers(subject, undefined, signal)) {
      if (found.has(one.digest)) continue;
      found.set(one.digest, one);
      await look(one.digest);
    }
  };
  await look(digest);
  return [...found.values()].reverse();
}

/** Deletes by tag or digest what is there; one that is gone already is no failure. */
export async function deleteQuietly(target: Target, reference: string, signal: AbortSignal): Promise<void> {
  try {
    await target.deleteManifest(reference, signal);
  } catch (error) {
    if (!SlipwayError.is(error) || (error.code !== 'OCI_NOT_FOUND' && error.code !== 'NOT_FOUND')) throw error;
  }
}
