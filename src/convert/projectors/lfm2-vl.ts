import { permuteAxes, reshape } from '../expressions/index.js';
import { encoderKeys, layerCount, numberOr, projectorType, uint, useGelu, visionEps } from './projector-keys.js';
import type { Projector } from './projector.js';
import { changing } from './tensor-rules.js';

/** LFM2-VL: SigLIP 2 for images of any shape. */
export const lfm2vl: Projector = {
  names: ['Lfm2VlForConditionalGeneration'],
  settle: ({ vision }) => ({ vision: vision.with({ image_size: 256 }) }),
  keys: function* (model) {
    const { vision, config } = model;
    yield* encoderKeys(model);
    yield projectorType('lfm2');
    yield visionEps(vision.need('layer_norm_eps'));
    yield uint('vision.projector.scale_factor', numberOr(config, 'downsample_factor', 2));
    yield useGelu;
    // The layer whose features count is given from the end: those behind it are not needed.
    const unused = -(numberOr(config, 'vision_feature_layer', -1) + 1);
    yield uint('vision.block_count', layerCount(vision) - unused);
  },
  keep: (name) =>
    name
      .replaceAll('model.vision_tower.', 'vision_tower.')
      .replaceAll('model.multi_modal_projector.', 'multi_modal_projector.'),
  tensors: () => [
    changing(
      (name) => name.includes('patch_embedding.weight'),
      (tensor) => permuteAxes(reshape(tensor, [tensor.shape[0] ?? 0, 16, 16, 3]), [0, 3, 1, 2]),
    ),
  ],
};
