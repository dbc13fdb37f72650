import type { Digest } from '../core/index.js';
import type { Artifact } from '../registry/index.js';
import { jsonBytes, sealManifest } from './manifest-bytes.js';
import { modelSpecConfig } from './model-spec-config.js';
import { modelSpecLayers, type ModelSpecOptions } from './model-spec-layers.js';
import { manifestAnnotations } from './pack-options.js';
import type { ModelVariant } from './variant.js';

export const MODELPACK_ARTIFACT_TYPE = 'application/vnd.cncf.model.manifest.v1+json';
export const MODELPACK_CONFIG_TYPE = 'application/vnd.cncf.model.config.v1+json';

/** A CNCF ModelPack (model-spec, main of 2026): one raw layer a file. What Harbor 2.16, modctl, KitOps, Docker and RamaLama read. */
export function modelpack(variant: ModelVariant, options: ModelSpecOptions = {}): Artifact {
  const layers = modelSpecLayers(variant, 'cncf', options);
  return {
    format: 'modelpack',
    variant: variant.name,
    layers,
    seal: (digests: readonly Digest[]) =>
      sealManifest(
        {
          artifactType: MODELPACK_ARTIFACT_TYPE,
          config: {
            mediaType: MODELPACK_CONFIG_TYPE,
            bytes: jsonBytes(modelSpecConfig(variant.facts, digests, options)),
          },
          layers,
          annotations: manifestAnnotations(variant.facts, options),
        },
        digests,
      ),
  };
}
