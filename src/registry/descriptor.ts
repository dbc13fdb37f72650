import type { Digest } from '../core/index.js';

/** OCI content descriptor (image-spec v1.1, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly artifactType?: string;
  readonly platform?: Readonly<{ architecture: string; os: string; variant?: string }>;
  /** Base64 of the content itself, for small blobs. */
  readonly data?: string;
  readonly urls?: readonly string[];
}

/** OCI image manifest (image-spec v1.1, manifest.md), also used for Docker v2 schema 2. */
export interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** OCI image index (image-spec v1.1, image-index.md). */
export interface Index {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

export const MEDIA_TYPES = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerManifestList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  empty: 'application/vnd.oci.empty.v1+json',
} as const;

/** Annotations that name the file of a layer, in the order in which a pull believes them (model-spec and image-spec, "Annotations"). */
export const FILE_ANNOTATIONS: readonly string[] = [
  'org.cncf.model.filepath',
  'org.cnai.model.filepath',
  'org.opencontainers.image.title',
];

/** The file that a layer says it is; `undefined` for one that does not. */
export function fileOfLayer({ annotations }: Pick<Descriptor, 'annotations'>): string | undefined {
  return FILE_ANNOTATIONS.map((key) => annotations?.[key]).find((name) => name !== undefined);
}
