import { SlipwayError } from '../../core/index.js';
import { memoryFile, readWhole, type ModelFile } from '../../files/index.js';
import { blobFile, type Descriptor, type Target } from '../../registry/index.js';
import { MODEL_SIGNATURE, MODEL_SIGNATURE_LIMIT, readModelSignature } from '../../trust/index.js';
import type { PackedModel } from '../packaging/packed-model.js';

const TITLE = 'org.opencontainers.image.title';

/**
 * The model with the `model.sig` that the artifact has: a signature cannot be made again, so it is taken as it is. That it covers the files
 * as they were made again is required of it; who signed it is not asked here.
 */
export function withPublishedSignature(
  packed: PackedModel,
  layers: readonly Descriptor[],
  target: Target,
  signal: AbortSignal,
): PackedModel {
  const signature = layers.find(({ annotations }) => annotations?.[TITLE] === MODEL_SIGNATURE);
  const isMade = packed.artifacts[0]?.layers.some(({ file }) => file.path === MODEL_SIGNATURE) === true;
  if (signature === undefined || isMade || packed.withLayer === undefined) return packed;
  return packed.withLayer({
    path: MODEL_SIGNATURE,
    size: () => signature.size,
    make: async (_name, others) => {
      const bytes = await readWhole(blobFile(target, signature, MODEL_SIGNATURE), MODEL_SIGNATURE_LIMIT, signal);
      requireCovers(bytes, others);
      return memoryFile(MODEL_SIGNATURE, bytes);
    },
  });
}

function requireCovers(bytes: Uint8Array, others: readonly Descriptor[]): void {
  const { resources } = readModelSignature(bytes, MODEL_SIGNATURE);
  const signed = new Map(resources.map(({ name, digest }) => [name, digest]));
  const wrong = others.find(({ annotations, digest }) => signed.get(annotations?.[TITLE] ?? '') !== digest);
  if (wrong === undefined && signed.size === others.length) return;
  throw new SlipwayError('ATTESTATION_INVALID', `the '${MODEL_SIGNATURE}' in it is not about these files`, {
    where: MODEL_SIGNATURE,
    got: wrong?.annotations?.[TITLE] ?? `${signed.size} files, ${others.length} are there`,
  });
}

/** Files of an artifact's layers in their order; what is made of the others' digests is made of those given. */
export async function layerFile(
  layer: PackedModel['artifacts'][number]['layers'][number],
  others: readonly Descriptor[],
  signal: AbortSignal,
): Promise<ModelFile | undefined> {
  if (layer.made === undefined) return layer.file;
  try {
    return await layer.made(others, signal);
  } catch (error) {
    if (SlipwayError.is(error) && error.code === 'ATTESTATION_INVALID') return undefined;
    throw error;
  }
}
