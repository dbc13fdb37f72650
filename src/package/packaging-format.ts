import type { Artifact, Descriptor, Manifest } from '../registry/index.js';
import { isBesideWeights, type FileKind } from './file-kind.js';
import type { PackOptions } from './format-options.js';
import type { ModelVariant } from './variant.js';

/** How a layer holds its file. */
export type LayerForm = 'raw' | 'tar' | 'tar+gzip' | 'tar+zstd';

/** What a format's names of layers follow from. */
export interface LayerNaming {
  readonly manifest: Manifest;
  /** What the annotation of each layer calls its file. */
  readonly annotated: readonly (string | undefined)[];
  /** The parsed config blob, where it was fetched. */
  readonly config: unknown;
}

/** A way to package a model: everything that the rest of the program knows of it. */
export interface PackagingFormat<Shape extends string = string> {
  /** What it is, for docs/formats.md. */
  readonly description: string;
  /** Whether a manifest is one of this format. The table of formats says in which order they are asked. */
  readonly recognise: (manifest: Manifest) => boolean;
  /** The form of a layer. By the end of its media type unless the format says otherwise. */
  readonly layerForm?: (layer: Descriptor) => LayerForm;
  /** The name of each layer's file. By its annotation unless the format says otherwise. */
  readonly layerNames?: (naming: LayerNaming) => readonly (string | undefined)[];
  /** Files are looked for under this folder of an unpacked layer only; ends with a slash. */
  readonly folder?: string;
  /** What its artifacts look like to their readers: columns of the matrix in readers.ts. */
  readonly shapes: readonly [Shape, ...Shape[]];
  /** Which of them a manifest has, by the forms of its layers. */
  readonly shape: (manifest: Manifest, forms: ReadonlySet<LayerForm>) => Shape;
  /** Set where readers take all GGUFs of an artifact for one model: `a Docker model holds`. */
  readonly ofOneModel?: string;
  /** Which of the options for packing are this format's own. */
  readonly optionsKey: 'modelSpec' | 'oras' | 'docker' | 'ollama' | 'kitops' | 'modelcar';
  pack(variant: ModelVariant, options: PackOptions): Artifact;
}

/** The form that the end of a media type names. */
export function formOfMediaType({ mediaType }: Descriptor): LayerForm {
  if (/\btar[.+](gzip|gz)$/.test(mediaType) || mediaType.endsWith('.tar.gzip')) return 'tar+gzip';
  if (/\btar\+zstd$/.test(mediaType)) return 'tar+zstd';
  return mediaType.endsWith('.tar') ? 'tar' : 'raw';
}

/** Whether the artifact type or the config's media type begins with `application/vnd.<family>.`. */
export function hasTypeOf(manifest: Manifest, family: string): boolean {
  const types = [manifest.artifactType ?? '', manifest.config.mediaType];
  return types.some((type) => type.startsWith(`application/vnd.${family}.`));
}

export const TITLE = 'org.opencontainers.image.title';

/** Says of a layer that it is no model but what goes with one: readers of generic weight layers cannot tell otherwise. */
export const KIND_ANNOTATION = 'dev.slipway.kind';

/** The annotation of a layer that holds a projector, an adapter or a draft; none for others. */
export function kindAnnotation(kind: FileKind): Readonly<Record<string, string>> {
  return isBesideWeights(kind) ? { [KIND_ANNOTATION]: kind } : {};
}
