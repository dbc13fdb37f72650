import { SlipwayError, type Digest } from '../core/index.js';
import type { Artifact } from '../registry/index.js';
import { jsonBytes, requireDigests, sealManifest } from './manifest-bytes.js';
import { modelSpecConfig } from './model-spec-config.js';
import { modelSpecLayers, type ModelSpecOptions } from './model-spec-layers.js';
import { modelPackProblems } from './modelpack-validation.js';
import { manifestAnnotations } from './format-options.js';
import { hasTypeOf, type LayerForm, type PackagingFormat } from './packaging-format.js';
import type { ModelVariant } from './variant.js';

const MODELPACK_ARTIFACT_TYPE = 'application/vnd.cncf.model.manifest.v1+json';
const MODELPACK_CONFIG_TYPE = 'application/vnd.cncf.model.config.v1+json';

/** A CNCF ModelPack (model-spec, main of 2026): one raw layer a file. What Harbor 2.16, modctl, KitOps, Docker and RamaLama read. */
export function modelpack(variant: ModelVariant, options: ModelSpecOptions = {}): Artifact {
  const layers = modelSpecLayers(variant, 'cncf', options);
  return {
    format: 'modelpack',
    variant: variant.name,
    layers,
    seal: (digests: readonly Digest[]) => {
      requireDigests(layers, digests);
      return sealManifest(
        {
          artifactType: MODELPACK_ARTIFACT_TYPE,
          config: {
            mediaType: MODELPACK_CONFIG_TYPE,
            bytes: validConfig(jsonBytes(modelSpecConfig(variant.facts, digests, options))),
          },
          layers,
          annotations: manifestAnnotations(variant.facts, options),
        },
        digests,
      );
    },
  };
}

/** The format's row: see `PackagingFormat`. */
export const modelpackFormat: PackagingFormat<'modelpack-raw' | 'modelpack-tar' | 'modelpack-compressed'> = {
  description:
    'CNCF ModelPack: raw layers, `application/vnd.cncf.model.…`; what is written unless another is asked for',
  recognise: (manifest) => hasTypeOf(manifest, 'cncf.model'),
  shapes: ['modelpack-raw', 'modelpack-tar', 'modelpack-compressed'],
  shape: (_, forms) => {
    const compressed = (['tar+gzip', 'tar+zstd'] as const satisfies readonly LayerForm[]).some((form) =>
      forms.has(form),
    );
    return compressed ? 'modelpack-compressed' : forms.has('tar') ? 'modelpack-tar' : 'modelpack-raw';
  },
  optionsKey: 'modelSpec',
  pack: modelpack,
};

/** What leaves here is valid by the specification, whatever facts came in. Throws `MANIFEST_INVALID`. */
function validConfig(bytes: Uint8Array): Uint8Array {
  const problems = modelPackProblems(JSON.parse(new TextDecoder().decode(bytes)));
  if (problems.length === 0) return bytes;
  throw new SlipwayError('MANIFEST_INVALID', 'the facts about the model do not fit the ModelPack specification', {
    got: problems.join('; '),
  });
}
