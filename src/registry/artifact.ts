import type { Digest } from '../core/index.js';
import type { ModelFile } from '../files/index.js';
import type { Descriptor } from './descriptor.js';

/** A file on its way into an artifact. Layers that share a ModelFile share the blob: it is uploaded once. */
export interface Layer {
  readonly file: ModelFile;
  readonly mediaType: string;
  readonly annotations: Readonly<Record<string, string>>;
  /**
   * The file, where it is made of the other layers' digests: called when they are known, with their descriptors in their order, and sent
   * last. It has the size of `file`, which is not read.
   */
  readonly made?: (others: readonly Descriptor[], signal: AbortSignal) => Promise<ModelFile>;
  /** `host/repository` that has the blob already: within that registry it can be mounted. */
  readonly from?: string;
}

/** What an artifact's bytes are once its layers' digests are known. */
export interface SealedArtifact {
  /** Config blob. */
  readonly config: { readonly mediaType: string; readonly bytes: Uint8Array };
  /** Manifest, ready to be put. */
  readonly manifest: { readonly mediaType: string; readonly bytes: Uint8Array; readonly artifactType?: string };
}

/**
 * Manifest + config + layers before the layers' digests are known: they may still be computed while they are uploaded.
 */
export interface Artifact {
  /** Packaging format: `modelpack`, `cnai`, … */
  readonly format: string;
  /** Which quantization this is (`Q4_K_M`), or `undefined` for the model as it came. */
  readonly variant?: string;
  /** Digest of what it is made of and how: equal ones stand for equal artifacts, on every machine. Recorded on its manifest. */
  readonly recipe?: Digest;
  readonly layers: readonly Layer[];
  /** Pure: the same digests give the same bytes. `digests` are the layers', in order. */
  seal(digests: readonly Digest[]): SealedArtifact;
}
