import { narrow } from '../expressions/index.js';
import { encoderKeys, numberOr, pixelLimits, projectorType, uint, useGelu, visionEps } from './projector-keys.js';
import type { Projector } from './projector.js';
import { changing } from './tensor-rules.js';

/** HunyuanOCR and HunyuanVL. */
export const hunyuanVl: Projector = {
  names: ['HunYuanVLForConditionalGeneration'],
  settle: ({ vision }) =>
    vision.has('image_size') ? {} : { vision: vision.with({ image_size: numberOr(vision, 'max_image_size', 2048) }) },
  keys: function* (model) {
    const { vision } = model;
    yield* encoderKeys(model);
    yield projectorType('hunyuanvl');
    yield useGelu;
    yield visionEps(numberOr(vision, 'rms_norm_eps', 1e-5));
    yield uint('vision.spatial_merge_size', numberOr(vision, 'spatial_merge_size', 2));
    yield* pixelLimits(model, 'min', 'max');
  },
  keep: (name) => (name.startsWith('vit.') ? name : undefined),
  tensors: () => [
    // The first row belongs to a token that images do not have.
    changing(
      (name) => name.includes('position_embedding'),
      (tensor) => narrow(tensor, 0, 1, (tensor.shape[0] ?? 1) - 1),
    ),
  ],
  force: (name) => (/mm\.[02]\./.test(name) && name.endsWith('.weight') ? 'narrow' : undefined),
};
