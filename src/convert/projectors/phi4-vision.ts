import { SlipwayError } from '../../core/index.js';
import { permuteAxes, reshape, wrongShape, type TensorExpression } from '../expressions/index.js';
import { blockOf } from '../names/name-map.js';
import {
  encoderKeys,
  layerCount,
  layerKey,
  numberOr,
  projectorType,
  truncated,
  uint,
  unsupported,
  useGelu,
  visionEps,
} from './projector-keys.js';
import type { Projector, ProjectorModel } from './projector.js';
import { changing, named, rule } from './tensor-rules.js';

/** Phi-4 reasoning vision: SigLIP 2 without its last layer. */
export const phi4vision: Projector = {
  names: ['Phi4ForCausalLMV'],
  settle,
  keys: function* (model) {
    yield* encoderKeys(model);
    yield projectorType('phi4');
    const side = model.vision.need('patch_size');
    for (const end of ['min', 'max']) {
      const name = `${end}_num_patches`;
      const patches = model.preprocessor.find(name) ?? model.config.find(name);
      yield uint(`vision.image_${end}_pixels`, truncated(patches, name) * side * side);
    }
    yield useGelu;
    yield visionEps(numberOr(model.vision, 'layer_norm_eps', 1e-6));
  },
  keep: (original) => {
    const name = original.replaceAll('model.vision_tower.vision_tower.', 'vision_tower.');
    if (!/^(?:vision_tower|model\.mm_projector|mm_projector)\./.test(name)) return undefined;
    return /\.vision_model\.(?:head|post_layernorm)\./.test(name) ? undefined : name;
  },
  tensors: (model) => [
    rule(
      (name) => name.startsWith('vision_tower.') && blockOf(name) === model.blockCount,
      () => [],
    ),
    changing(
      (name) => name.startsWith('vision_tower.') && name.endsWith('vision_model.embeddings.patch_embedding.weight'),
      (tensor) => patchMatrix(tensor, model.vision.count('patch_size')),
    ),
    rule(
      (name) => name.includes('mm_projector.'),
      ({ name, tensor }) => {
        const part = /^(?:model\.)?mm_projector\.([02])\./.exec(name);
        if (part === null) return [];
        return [named(`mm.${part[1] ?? '0'}.${name.endsWith('.bias') ? 'bias' : 'weight'}`, tensor)];
      },
    ),
  ],
};

function settle(model: ProjectorModel): Partial<ProjectorModel> {
  const { vision, preprocessor, weights } = model;
  const layers = layerCount(vision);
  if (layers < 2) throw unsupported('fewer than two layers that see', 'vision_config');
  const patch = preprocessor.need('patch_size');
  const positions = [...weights.tensors].find(([name]) =>
    name.endsWith('vision_model.embeddings.position_embedding.weight'),
  )?.[1];
  const side = Math.sqrt(positions?.shape[0] ?? 0.5);
  if (!Number.isInteger(side)) {
    throw new SlipwayError('MODEL_INVALID', 'the positions of patches form no square', {
      where: 'vision_model.embeddings.position_embedding.weight',
      got: positions === undefined ? 'no such tensor' : `${positions.shape[0] ?? 0} positions`,
    });
  }
  return {
    blockCount: layers - 1,
    vision: vision.with({ [layerKey(vision)]: layers - 1, patch_size: patch, image_size: side * patch }),
  };
}

/** A matrix over patches as the convolution that it is. */
function patchMatrix(tensor: TensorExpression, side: number): TensorExpression {
  const [rows = 0, columns = 0] = tensor.shape;
  const channels = columns / (side * side);
  if (tensor.shape.length !== 2 || !Number.isInteger(channels)) {
    throw wrongShape(tensor, `is no matrix over patches of ${side} by ${side}`);
  }
  return permuteAxes(reshape(tensor, [rows, side, side, channels]), [0, 3, 1, 2]);
}
