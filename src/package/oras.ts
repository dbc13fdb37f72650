import type { Artifact, Layer } from '../registry/index.js';
import { orderedFiles, type FileKind } from './file-kind.js';
import { sealManifest } from './manifest-bytes.js';
import { manifestAnnotations, type PackOptions } from './pack-options.js';
import type { ModelVariant } from './variant.js';

const EMPTY_CONFIG_TYPE = 'application/vnd.oci.empty.v1+json';
/** The artifact type of a plain artifact when the user names none: what it is, under no specification. */
const ORAS_ARTIFACT_TYPE = 'application/vnd.slipway.model.v1';

export interface OrasOptions extends PackOptions {
  readonly artifactType?: string | undefined;
}

const MEDIA_TYPES: Readonly<Record<FileKind, (path: string) => string>> = {
  weight: () => 'application/octet-stream',
  'weight.config': (path) => (path.endsWith('.json') ? 'application/json' : 'application/octet-stream'),
  doc: (path) => (path.endsWith('.md') ? 'text/markdown' : 'text/plain'),
  code: () => 'text/plain',
  dataset: () => 'application/octet-stream',
};

/** A plain artifact: an empty config and one titled layer a file, as `oras push` writes it. */
export function oras(variant: ModelVariant, options: OrasOptions = {}): Artifact {
  const layers: Layer[] = orderedFiles(variant).map(({ kind, file }) => ({
    file,
    mediaType: MEDIA_TYPES[kind](file.path),
    annotations: { 'org.opencontainers.image.title': file.path },
  }));
  const parts = {
    artifactType: options.artifactType ?? ORAS_ARTIFACT_TYPE,
    config: { mediaType: EMPTY_CONFIG_TYPE, bytes: new TextEncoder().encode('{}') },
    layers,
    annotations: manifestAnnotations(variant.facts, options),
  };
  return { format: 'oras', variant: variant.name, layers, seal: (digests) => sealManifest(parts, digests) };
}
