import { SlipwayError } from '../../core/index.js';
import type { ModelFile } from '../../files/index.js';
import type { ArtifactFormat, ModelVariant } from '../../package/index.js';
import type { Artifact } from '../../registry/index.js';
import type { SignatureLayer } from './packed-model.js';

/** Formats whose layers are files as they are, each under its name. */
const NAMED: ReadonlySet<ArtifactFormat> = new Set(['modelpack', 'cnai', 'oras']);

/** Packs a variant with a file more, which is made when the digests of the others are known. Throws `CONFIG_INVALID`. */
export function packWithLayer(
  format: ArtifactFormat,
  variant: ModelVariant,
  signature: SignatureLayer,
  packed: (variant: ModelVariant) => Artifact,
): Artifact {
  if (!NAMED.has(format)) {
    throw new SlipwayError('CONFIG_INVALID', `'${format}' has no place for a ${signature.path}`, {
      try: 'formats: [modelpack], or leave modelSignature out',
    });
  }
  const { name } = variant.facts;
  const { path } = signature;
  const companions = variant.companions.filter((file) => file.path !== path);
  const size = signature.size(name, packed({ ...variant, companions }).layers);
  const place: ModelFile = {
    path,
    size,
    read: () => {
      throw new SlipwayError('INTERNAL', `'${path}' is made of digests that are not known yet`);
    },
  };
  const artifact = packed({ ...variant, companions: [...companions, place] });
  const layers = artifact.layers.map((layer) =>
    layer.file === place
      ? {
          ...layer,
          made: async (others: Parameters<SignatureLayer['make']>[1], signal: AbortSignal) =>
            signature.make(name, others, size, signal),
        }
      : layer,
  );
  return { ...artifact, layers };
}
