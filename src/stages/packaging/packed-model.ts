import type { Digest } from '../../core/index.js';
import type { RunContext } from '../../core/index.js';
import type { ModelVariant, SealedIndex } from '../../package/index.js';
import type { ModelFile } from '../../files/index.js';
import type { Artifact, Descriptor, Layer, StoredManifests, Target } from '../../registry/index.js';

/** What pack() makes and push() sends: artifacts that share their blobs. */
export interface PackedModel {
  readonly name: string;
  readonly artifacts: readonly Artifact[];
  /** What the artifacts were made of. */
  readonly variants?: readonly ModelVariant[];
  /** Indexes over the variants, one a format; pushed after their members. */
  readonly indexes?: readonly PackedIndex[];
  /** The same with no weights file above so many bytes, as far as weights can be cut; pure. */
  readonly fit?: (largest: number) => PackedModel;
  /** The same in another format, when the user has chosen none: a Harbor shows only one family of formats as models. */
  readonly inFamily?: (format: 'cnai' | 'modelpack') => Promise<PackedModel>;
  /** The same with one file more in each artifact, which is made of the digests of the others. */
  readonly withLayer?: (layer: SignatureLayer) => PackedModel;
  /** `host/repository` that the files came from: their blobs can be mounted within that registry. */
  readonly from?: string;
  /** The variant that each artifact holds, and how it was packed. */
  readonly origins?: ReadonlyMap<Artifact, PackedOrigin>;
  /** What push() attaches when everything is stored by digest, in this order, before any tag moves. */
  readonly attachments?: readonly PushAttachment[];
  /** Checked before any tag moves: see Snapshot.confirm. */
  readonly confirm?: (signal?: AbortSignal) => Promise<void>;
}

/** A file of an artifact that is made of the others' digests: a signature. */
export interface SignatureLayer {
  readonly path: string;
  /** Its bytes, which are known before the digests. `name`: the model's. */
  readonly size: (name: string, others: readonly Layer[]) => number;
  readonly make: (name: string, others: readonly Descriptor[], size: number, signal: AbortSignal) => Promise<ModelFile>;
}

/** Where an artifact comes from. */
export interface PackedOrigin {
  readonly variant: ModelVariant;
  /** Options of pack() that shaped it. */
  readonly options: object;
}

/** Something that is attached to what a push has stored: signatures, attestations. */
export interface PushAttachment {
  /** `sign`, `attest`: which stage it is of. */
  readonly stage: string;
  /** Attaches to manifests that have no tag yet; what is there already is left alone. */
  attach(stored: StoredModel, context: RunContext): Promise<void>;
  /**
   * Whether the manifest is signed already by the key that is going to sign. What nothing vouches for is made again before
   * it is signed: what the registry says of it can be written by any account that may push. Without this nothing is vouched for.
   */
  vouches?(target: Target, manifest: Digest, signal: AbortSignal): Promise<boolean>;
}

/** A packed model as it stands in a target, by digest. */
export interface StoredModel extends StoredManifests {
  readonly target: Target;
  readonly model: PackedModel;
}

/** An index over all variants in one format. */
export interface PackedIndex {
  readonly format: string;
  /** Artifacts of the packed model, in their order. */
  readonly members: readonly Artifact[];
  /** Pure: the same descriptors (the members', in their order) give the same bytes. */
  seal(descriptors: readonly Descriptor[]): SealedIndex;
}

/** What became of one artifact or index. */
export interface PushedArtifact {
  /** `host/repository@sha256:…` or `layout:./dir@sha256:…`. */
  readonly reference: string;
  readonly digest: Digest;
  readonly mediaType: string;
  /** Bytes of all blobs together. */
  readonly size: number;
  readonly variant?: string;
  readonly tags: readonly string[];
  /** It stood there already and was taken over because an annotation of the registry called it the same, and for no other reason. */
  readonly isClaim?: true;
}
