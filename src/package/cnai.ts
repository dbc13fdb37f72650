import type { Artifact } from '../registry/index.js';
import { jsonBytes, sealManifest } from './manifest-bytes.js';
import { coreConfig, modalities, modelDescriptor } from './model-spec-config.js';
import { modelSpecLayers, type ModelSpecOptions } from './model-spec-layers.js';
import { manifestAnnotations } from './format-options.js';
import { hasTypeOf, type PackagingFormat } from './packaging-format.js';
import type { ModelFacts, ModelVariant } from './variant.js';

const CNAI_ARTIFACT_TYPE = 'application/vnd.cnai.model.manifest.v1+json';
const CNAI_CONFIG_TYPE = 'application/vnd.cnai.model.config.v1+json';

/**
 * The legacy family (model-spec v0.0.1 to v0.0.6): the only one that Harbor 2.13 to 2.15 shows as a model. Its config
 * spells `diff_ids` with an underscore, and the quantization twice: Harbor's page still reads the key that v0.0.3 misspelt.
 */
export function cnai(variant: ModelVariant, options: ModelSpecOptions = {}): Artifact {
  const layers = modelSpecLayers(variant, 'cnai', options);
  const { facts } = variant;
  // Datasets came later.
  const { datasetsURL: _, ...descriptor } = modelDescriptor(facts, options);
  return {
    format: 'cnai',
    variant: variant.name,
    layers,
    seal: (digests) =>
      sealManifest(
        {
          artifactType: CNAI_ARTIFACT_TYPE,
          config: {
            mediaType: CNAI_CONFIG_TYPE,
            bytes: jsonBytes({
              descriptor,
              config: {
                ...coreConfig(facts),
                puantization: facts.quantization,
                capabilities: legacyCapabilities(facts),
              },
              modelfs: { type: 'layers', diff_ids: digests },
            }),
          },
          layers,
          annotations: manifestAnnotations(facts, options),
        },
        digests,
      ),
  };
}

/** v0.0.6 spells what v0.0.7 calls `inputTypes` with an underscore: both are there, as for the quantization. */
function legacyCapabilities(facts: ModelFacts): Readonly<Record<string, readonly string[] | undefined>> | undefined {
  const { inputTypes, outputTypes } = modalities(facts);
  if (inputTypes === undefined && outputTypes === undefined) return undefined;
  return { inputTypes, outputTypes, input_types: inputTypes, output_types: outputTypes };
}

/** The format's row: see `PackagingFormat`. */
export const cnaiFormat: PackagingFormat<'cnai-raw'> = {
  description: 'the older spelling of ModelPack, which Harbor 2.14 and 2.15 show as a model',
  recognise: (manifest) => hasTypeOf(manifest, 'cnai.model'),
  shapes: ['cnai-raw'],
  shape: () => 'cnai-raw',
  optionsKey: 'modelSpec',
  pack: cnai,
};
