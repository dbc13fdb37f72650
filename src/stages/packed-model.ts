import type { Digest } from '../core/index.js';
import type { Artifact } from '../registry/index.js';

/** What pack() makes and push() sends: artifacts that share their blobs. */
export interface PackedModel {
  readonly name: string;
  readonly artifacts: readonly Artifact[];
  /** Checked before any tag moves: see Snapshot.confirm. */
  readonly confirm?: (signal?: AbortSignal) => Promise<void>;
}

/** What became of one artifact. */
export interface PushedArtifact {
  /** `host/repository@sha256:…` or `layout:./dir@sha256:…`. */
  readonly reference: string;
  readonly digest: Digest;
  readonly mediaType: string;
  /** Bytes of all blobs together. */
  readonly size: number;
  readonly variant?: string;
  readonly tags: readonly string[];
}
