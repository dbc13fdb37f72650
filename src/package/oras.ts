import type { Artifact, Descriptor, Layer } from '../registry/index.js';
import { layerKind, orderedFiles, type LayerKind } from './file-kind.js';
import { sealManifest } from './manifest-bytes.js';
import { manifestAnnotations, type PackOptions } from './format-options.js';
import { kindAnnotation, TITLE, type LayerForm, type PackagingFormat } from './packaging-format.js';
import type { ModelVariant } from './variant.js';

const EMPTY_CONFIG_TYPE = 'application/vnd.oci.empty.v1+json';
/** The artifact type of a plain artifact when the user names none: what it is, under no specification. */
const ORAS_ARTIFACT_TYPE = 'application/vnd.slipway.model.v1';

export interface OrasOptions extends PackOptions {
  readonly artifactType?: string | undefined;
}

const MEDIA_TYPES: Readonly<Record<LayerKind, (path: string) => string>> = {
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
    mediaType: MEDIA_TYPES[layerKind(kind)](file.path),
    annotations: { ...kindAnnotation(kind), [TITLE]: file.path },
  }));
  const parts = {
    artifactType: options.artifactType ?? ORAS_ARTIFACT_TYPE,
    config: { mediaType: EMPTY_CONFIG_TYPE, bytes: new TextEncoder().encode('{}') },
    layers,
    annotations: manifestAnnotations(variant.facts, options),
  };
  return { format: 'oras', variant: variant.name, layers, seal: (digests) => sealManifest(parts, digests) };
}

/** oras gives plain files the type of a tar layer; only a folder is one, and says so. */
function orasLayerForm({ digest, annotations }: Descriptor): LayerForm {
  if (annotations?.['io.deis.oras.content.unpack'] !== 'true') return 'raw';
  // A folder is gzip whatever type its publisher gave it, unless the digest of its tar is the layer's own.
  return annotations['io.deis.oras.content.digest'] === digest ? 'tar' : 'tar+gzip';
}

/** The format's row: see `PackagingFormat`. */
export const orasFormat: PackagingFormat<'oras-titled' | 'oras-untitled'> = {
  description: 'a plain artifact, as `oras push` writes it',
  recognise: () => true,
  layerForm: orasLayerForm,
  shapes: ['oras-titled', 'oras-untitled'],
  shape: ({ layers }) =>
    layers.some(({ annotations }) => annotations?.[TITLE] !== undefined) ? 'oras-titled' : 'oras-untitled',
  optionsKey: 'oras',
  pack: oras,
};
