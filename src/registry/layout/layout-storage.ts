import type { ByteRange, Digest, ReadHints } from '../../core/index.js';
import type { Digester } from '../../files/index.js';
import type { Descriptor } from '../descriptor.js';

/** What a collection of garbage removed. */
export interface CollectedGarbage {
  readonly blobs: number;
  readonly bytes: number;
}

/** Changes of a layout's list. */
export type IndexEdit = (manifests: readonly Descriptor[]) => readonly Descriptor[];

export interface IndexUpdate {
  readonly signal?: AbortSignal | undefined;
  /** Asked under the lock: what it finds still holds when the list is written. */
  readonly before?: () => Promise<void>;
}

/** Where an image layout (image-spec v1.1, image-layout.md) keeps its list and its blobs: a directory, or a tar of one. */
export interface LayoutStorage {
  /** As references name it: `layout:./dir`, `oci-archive:./file.tar`. */
  readonly name: string;
  /** What the index lists; nothing when there is no layout yet. Throws `MANIFEST_INVALID` for one that is damaged. */
  readIndex(): Promise<readonly Descriptor[]>;
  /** Changes the list while no other writer does. Fields of the index that are not ours stay as they are. */
  updateIndex(edit: IndexEdit, update?: IndexUpdate): Promise<void>;
  /** Bytes of a blob, or `undefined` when it is not there. */
  blobSize(digest: Digest): Promise<number | undefined>;
  /** Whether any blob has so many bytes. */
  holdsSize(size: number): Promise<boolean>;
  /** Where a blob is, for messages. */
  blobPlace(digest: Digest): string;
  /** The bytes of a range of a blob that is there; fewer than asked for where it ends before. Nothing is checked. */
  readBlob(digest: Digest, range: ByteRange, signal?: AbortSignal, hints?: ReadHints): AsyncIterable<Uint8Array>;
  /** Stores what the digester sees; it can be found when the promise is fulfilled, and nothing of it when that fails. */
  writeBlob(content: AsyncIterable<Uint8Array>, size: number, digester: Digester): Promise<void>;
  /** Takes a blob out of the way that is not what its name says; where it is then, or `undefined` when it was not there. */
  setAside(digest: Digest): Promise<string | undefined>;
  /** Removes the blobs that `live` (asked while no other writer changes the list) does not name, and what killed writers left. */
  collect(live: () => Promise<ReadonlySet<string>>, signal?: AbortSignal): Promise<CollectedGarbage>;
}
