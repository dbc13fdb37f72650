import { encoderKeys, numberOr, pixelLimits, projectorType, useGelu, visionEps } from './projector-keys.js';
import type { Projector } from './projector.js';

/** PaddleOCR-VL. */
export const paddleOcr: Projector = {
  names: ['PaddleOCRVisionModel'],
  settle: ({ vision, preprocessor }) => ({
    vision: vision.with({ image_size: Math.trunc(Math.sqrt(preprocessor.need('max_pixels'))) }),
  }),
  keys: function* (model) {
    yield* encoderKeys(model);
    yield projectorType('paddleocr');
    yield* pixelLimits(model, 'max', 'min');
    yield useGelu;
    yield visionEps(numberOr(model.vision, 'rms_norm_eps', 1e-6));
  },
  keep: (name) => {
    if (!/vision_model|mlp_AR/.test(name) || /packing_position_embedding|vision_model\.head/.test(name))
      return undefined;
    return name.replaceAll('visual.', 'model.');
  },
};
