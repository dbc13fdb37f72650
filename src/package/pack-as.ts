import type { Artifact } from '../registry/index.js';
import type { DockerModelOptions } from './docker-model.js';
import { packagingFormat, type ArtifactFormat } from './formats.js';
import type { ModelSpecOptions } from './model-spec-layers.js';
import type { ModelcarOptions } from './modelcar.js';
import type { ModelKitOptions } from './modelkit.js';
import type { OllamaOptions } from './ollama.js';
import type { OrasOptions } from './oras.js';
import type { PackOptions } from './format-options.js';
import type { ModelVariant } from './variant.js';

/** What all formats take, and what one of them takes more. */
export interface FormatOptions extends PackOptions {
  readonly modelSpec?: Omit<ModelSpecOptions, keyof PackOptions> | undefined;
  readonly oras?: Omit<OrasOptions, keyof PackOptions> | undefined;
  readonly docker?: Omit<DockerModelOptions, keyof PackOptions> | undefined;
  readonly ollama?: Omit<OllamaOptions, keyof PackOptions> | undefined;
  readonly kitops?: Omit<ModelKitOptions, keyof PackOptions> | undefined;
  readonly modelcar?: Omit<ModelcarOptions, keyof PackOptions> | undefined;
}

/** Packs a variant in a format. Artifacts of one variant share their raw files: each blob is sent once. */
export function packAs(format: ArtifactFormat, variant: ModelVariant, options: FormatOptions = {}): Artifact {
  const shared: PackOptions = { sourceDateEpoch: options.sourceDateEpoch, annotations: options.annotations };
  const packaging = packagingFormat(format);
  return packaging.pack(variant, { ...options[packaging.optionsKey], ...shared });
}
