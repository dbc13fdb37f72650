import { SlipwayError, type Digest } from '../core/index.js';
import { sha256 } from '../files/index.js';
import type { Descriptor } from './descriptor.js';
import { findReference } from './find-reference.js';
import type { Target } from './target.js';
import type { OnTransfer } from './transfer-event.js';

/** A manifest or index in the target. */
export interface StoredManifest {
  readonly descriptor: Descriptor;
  /** Its tags that are still to point at it. */
  readonly untagged: readonly string[];
  /** It had to be sent. */
  readonly isSent: boolean;
}

/** Stores a manifest, unless a tag of its own has it: `mayBeThere` when nothing that it names had to be sent. */
export async function storeManifest(
  target: Target,
  { bytes, mediaType }: { readonly bytes: Uint8Array; readonly mediaType: string },
  tags: readonly string[],
  mayBeThere: boolean,
  signal: AbortSignal,
  onEvent: OnTransfer | undefined,
): Promise<StoredManifest> {
  const untagged = mayBeThere ? await tagsElsewhere(target, sha256(bytes), tags, signal) : tags;
  if (untagged.length < tags.length) {
    return { descriptor: { mediaType, digest: sha256(bytes), size: bytes.byteLength }, untagged, isSent: false };
  }
  const descriptor = await target.pushManifest(bytes, mediaType, signal);
  onEvent?.({ type: 'manifest', digest: descriptor.digest, mediaType, size: bytes.byteLength });
  return { descriptor, untagged, isSent: true };
}

/** Those of the tags that do not point at a digest. What cannot be read is written again. */
async function tagsElsewhere(
  target: Target,
  digest: Digest,
  tags: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const elsewhere: string[] = [];
  for (const tag of tags) {
    const present = await findReference(target, tag, signal).catch((error: unknown) => {
      if (signal.aborted || !SlipwayError.is(error)) throw error;
      return undefined;
    });
    if (present?.digest !== digest) elsewhere.push(tag);
  }
  return elsewhere;
}
