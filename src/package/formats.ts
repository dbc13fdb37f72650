import type { Descriptor, Manifest } from '../registry/index.js';
import { cnaiFormat } from './cnai.js';
import { dockerFormat } from './docker-model.js';
import { modelcarFormat } from './modelcar.js';
import { kitopsFormat } from './modelkit.js';
import { modelpackFormat } from './modelpack.js';
import { ollamaFormat } from './ollama.js';
import { orasFormat } from './oras.js';
import { formOfMediaType, type LayerForm, type PackagingFormat } from './packaging-format.js';

/** The packaging formats by the names that users write. A manifest is of the first that recognises it: `oras` takes any. */
export const PACKAGING_FORMATS = {
  modelpack: modelpackFormat,
  cnai: cnaiFormat,
  kitops: kitopsFormat,
  docker: dockerFormat,
  ollama: ollamaFormat,
  modelcar: modelcarFormat,
  oras: orasFormat,
} as const;

/** The packaging formats that are written and read. */
export type ArtifactFormat = keyof typeof PACKAGING_FORMATS;
/** What an artifact looks like to those who read it: a column of the matrix of readers. */
export type ArtifactShape = (typeof PACKAGING_FORMATS)[ArtifactFormat]['shapes'][number];

export const ARTIFACT_FORMATS: readonly [ArtifactFormat, ...ArtifactFormat[]] = Object.keys(PACKAGING_FORMATS) as [
  ArtifactFormat,
];

/** What is known of a format. */
export function packagingFormat(name: ArtifactFormat): PackagingFormat<ArtifactShape> {
  return PACKAGING_FORMATS[name];
}

/** Tells the format of a manifest: by its artifact type, else its config's type, else its layers' types. */
export function formatOfArtifact(manifest: Manifest): ArtifactFormat {
  return ARTIFACT_FORMATS.find((name) => packagingFormat(name).recognise(manifest)) ?? 'oras';
}

/** The form in which a layer holds its file. */
export function layerForm(layer: Descriptor, format: ArtifactFormat): LayerForm {
  return (packagingFormat(format).layerForm ?? formOfMediaType)(layer);
}

/** The matrix's column for a manifest. */
export function shapeOfArtifact(manifest: Manifest): ArtifactShape {
  const format = formatOfArtifact(manifest);
  return packagingFormat(format).shape(manifest, new Set(manifest.layers.map((layer) => layerForm(layer, format))));
}
