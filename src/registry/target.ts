import type { ByteRange, Digest, ReadHints, SlipwayError } from '../core/index.js';
import type { ModelFile } from '../files/index.js';
import type { Descriptor } from './descriptor.js';

/** What became of a blob that was pushed. */
export interface PushedBlob {
  readonly digest: Digest;
  readonly size: number;
  readonly how: 'sent' | 'exists' | 'mounted';
}

/** Options of a blob push. */
export interface PushBlobOptions {
  readonly signal?: AbortSignal;
  /** Called with the number of bytes sent so far; goes down only after `onReset`. */
  readonly onProgress?: (done: number) => void;
  readonly onReset?: (from: number, to: number, reason: string) => void;
  /** Called when the target has the first `offset` bytes from an earlier process: they are not sent again. */
  readonly onResume?: (offset: number) => void;
  /** Repository of the same registry that may hold the blob already. */
  readonly mountFrom?: string;
}

/** A manifest as it stands in the target: its bytes decide, not what a header says. */
export interface StoredManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

export interface Resolver {
  /** Looks a tag or digest up. Throws `OCI_NOT_FOUND`. */
  resolve(reference: string, signal?: AbortSignal): Promise<Descriptor>;
}
export interface ManifestReader {
  /** Fetches a manifest or index; its digest is checked. Throws `OCI_NOT_FOUND`, `DIGEST_MISMATCH`. */
  readManifest(reference: string, signal?: AbortSignal): Promise<StoredManifest>;
}
export interface BlobReader {
  /** A blob's bytes, verified when no range is named; of a range only the length is checked. */
  readBlob(
    descriptor: Pick<Descriptor, 'digest' | 'size'>,
    range?: ByteRange,
    signal?: AbortSignal,
    hints?: ReadHints,
  ): AsyncIterable<Uint8Array>;
}
export interface BlobPusher {
  /** True when the blob is there. */
  hasBlob(digest: Digest, signal?: AbortSignal): Promise<boolean>;
  /**
   * Sends a blob, streaming. With a known digest it is looked for first; without one the digest is computed on the way.
   * After a drop the file is re-opened at the offset the target confirms.
   */
  pushBlob(file: ModelFile, options?: PushBlobOptions): Promise<PushedBlob>;
  /**
   * Whether a blob of so many bytes may be there from an earlier push. Where it may, a file on the local disk is read for its
   * digest before it is sent: reading it costs less than sending it. Absent: not known, and not asked.
   */
  mayHold?(size: number, signal?: AbortSignal): Promise<boolean>;
}
export interface ManifestPusher {
  /** Stores a manifest or index whose blobs are there, by digest only. */
  pushManifest(bytes: Uint8Array, mediaType: string, signal?: AbortSignal): Promise<Descriptor>;
}
export interface Tagger {
  /** Points a tag at a manifest that is there. */
  tag(descriptor: Descriptor, tag: string, signal?: AbortSignal): Promise<void>;
}
export interface TagLister {
  tags(signal?: AbortSignal): Promise<readonly string[]>;
}
export interface ReferrerLister {
  /** Manifests whose `subject` is this digest (distribution-spec v1.1, or the fallback tag). */
  referrers(digest: Digest, artifactType?: string, signal?: AbortSignal): Promise<readonly Descriptor[]>;
  /** The same for a reader that makes do with part of a listing that is too long, loops or breaks off. */
  referrersSoFar(digest: Digest, signal?: AbortSignal): Promise<PartialListing>;
}

/** As much of a listing as could be had. */
export interface PartialListing {
  readonly found: readonly Descriptor[];
  /** Why there may be more; absent when this is all. */
  readonly stopped?: SlipwayError;
}

/** Where a target is. */
export interface Place {
  /** Canonical host of its registry; `undefined` for what is in no registry. */
  readonly host?: string | undefined;
}

export type ReadableTarget = Resolver & ManifestReader & BlobReader & TagLister & ReferrerLister & Place;
/** One repository where artifacts go: in a remote registry, or an OCI image layout directory. */
export type Target = ReadableTarget &
  BlobPusher &
  ManifestPusher &
  Tagger & {
    /** `host/repository` or `layout:./dir`, without secrets: what references printed for users start with. */
    readonly name: string;
  };

/** A target whose manifests and blobs can be deleted. */
export interface Deleter {
  /** Deletes a tag, or a manifest by digest. */
  deleteManifest(reference: string, signal?: AbortSignal): Promise<void>;
}
/** Looks a manifest up without reading it. */
export interface ManifestFinder {
  hasManifest(digest: Digest, signal?: AbortSignal): Promise<boolean>;
}
export type DeletableTarget = Target & Deleter & ManifestFinder;
