import type { Artifact } from '../registry/index.js';
import type { ArtifactFormat } from './artifact-format.js';
import { cnai } from './cnai.js';
import { dockerModel, type DockerModelOptions } from './docker-model.js';
import type { ModelSpecOptions } from './model-spec-layers.js';
import { modelcar, type ModelcarOptions } from './modelcar.js';
import { modelkit, type ModelKitOptions } from './modelkit.js';
import { modelpack } from './modelpack.js';
import { ollama, type OllamaOptions } from './ollama.js';
import { oras, type OrasOptions } from './oras.js';
import type { PackOptions } from './pack-options.js';
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
  switch (format) {
    case 'modelpack':
      return modelpack(variant, { ...options.modelSpec, ...shared });
    case 'cnai':
      return cnai(variant, { ...options.modelSpec, ...shared });
    case 'oras':
      return oras(variant, { ...options.oras, ...shared });
    case 'docker':
      return dockerModel(variant, { ...options.docker, ...shared });
    case 'ollama':
      return ollama(variant, { ...options.ollama, ...shared });
    case 'kitops':
      return modelkit(variant, { ...options.kitops, ...shared });
    case 'modelcar':
      return modelcar(variant, { ...options.modelcar, ...shared });
    default:
      return format satisfies never;
  }
}
