import { encoderKeys, pixelLimits, projectorType, uint, useSilu, visionEps } from './projector-keys.js';
import type { Projector } from './projector.js';

/** dots.ocr. */
export const dotsOcr: Projector = {
  names: ['DotsOCRForCausalLM'],
  // Images keep their size.
  settle: ({ vision }) => ({ vision: vision.with({ image_size: 0 }) }),
  keys: function* (model) {
    const { vision } = model;
    yield* encoderKeys(model);
    yield projectorType('dots_ocr');
    yield* pixelLimits(model, 'min', 'max');
    yield visionEps(vision.need('rms_norm_eps'));
    yield uint('vision.projector.scale_factor', vision.need('spatial_merge_size'));
    yield useSilu;
  },
  keep: (name) => {
    if (!name.startsWith('vision_tower.')) return undefined;
    if (!name.includes('vision_tower.blocks.') || !name.includes('.mlp.')) return name;
    return name
      .replaceAll('vision_tower.blocks.', 'visual.blocks.')
      .replaceAll('.fc1', '.gate_proj')
      .replaceAll('.fc2', '.down_proj')
      .replaceAll('.fc3', '.up_proj');
  },
};
