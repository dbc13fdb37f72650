import { encoderKeys, projectorType, uint, unsupported, useGelu, visionEps } from './projector-keys.js';
import type { Projector } from './projector.js';
import { named, rule } from './tensor-rules.js';

/** Llama 4. */
export const llama4: Projector = {
  names: ['Llama4ForConditionalGeneration'],
  keys: function* (model) {
    const { vision } = model;
    yield* encoderKeys(model);
    yield projectorType('llama4');
    yield visionEps(vision.need('norm_eps'));
    yield uint('vision.projector.scale_factor', Math.trunc(1 / vision.need('pixel_shuffle_ratio')));
    if (vision.string('hidden_act') !== 'gelu') throw unsupported('another activation than gelu', 'hidden_act');
    yield useGelu;
  },
  keep: (name) => {
    if (!/multi_modal_projector|vision_model/.test(name)) return undefined;
    return name.includes('positional_embedding_vlm') && !name.includes('.weight') ? `${name}.weight` : name;
  },
  tensors: () => [
    rule(
      (name) => name.includes('multi_modal_projector.linear_1'),
      ({ tensor }) => [named('mm.model.fc.weight', tensor)],
    ),
  ],
};
