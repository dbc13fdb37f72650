import { SlipwayError } from '../../core/index.js';
import { memoryFile } from '../../files/index.js';
import type { Layer } from '../../registry/index.js';
import { MODEL_SIGNATURE, modelSignatureSize, signModel, type SignedResource, type Signer } from '../../trust/index.js';
import type { PackedModel, SignatureLayer } from '../packaging/packed-model.js';

const TITLE = 'org.opencontainers.image.title';

/**
 * The same model with a `model.sig` (OpenSSF Model Signing) among the layers of each artifact, over all of its files: made of the digests
 * that sending them gives, so that nothing is read twice. Files that were pulled are verified by it with no registry at hand.
 */
export function withSignatureLayer(model: PackedModel, signer: Signer): PackedModel {
  if (model.withLayer === undefined) {
    throw new SlipwayError('CONFIG_INVALID', 'a model.sig goes into artifacts that pack() has made', {
      try: 'put sign() behind pack() and before push()',
    });
  }
  const { artifacts, indexes, origins, fit, inFamily } = model.withLayer(signatureLayer(signer));
  return {
    ...model,
    artifacts,
    indexes,
    origins,
    fit,
    inFamily,
  };
}

function signatureLayer(signer: Signer): SignatureLayer {
  return {
    path: MODEL_SIGNATURE,
    size: (name, layers) => modelSignatureSize(name, layers.map(titleOf), signer, OPTIONS),
    make: async (name, others, size, signal) => {
      const files = others.map((layer): SignedResource => ({ name: titleOf(layer), digest: layer.digest }));
      return memoryFile(MODEL_SIGNATURE, await signModel(name, files, signer, { ...OPTIONS, size, signal }));
    },
  };
}

const OPTIONS = { ignored: [MODEL_SIGNATURE] };

/** The name of a layer's file where the artifact is unpacked. */
function titleOf({
  annotations,
}: Pick<Layer, 'annotations'> | { readonly annotations?: Layer['annotations'] }): string {
  const title = annotations?.[TITLE];
  if (title !== undefined) return title;
  throw new SlipwayError('CONFIG_INVALID', 'a model.sig needs layers that are named files', {
    try: 'pack as modelpack, cnai or oras',
  });
}
