import { encoderKeys, numberOr, projectorType, visionEps } from './projector-keys.js';
import type { Projector } from './projector.js';

/** CogVLM. */
export const cogvlm: Projector = {
  names: ['CogVLMForCausalLM'],
  keys: function* (model) {
    yield* encoderKeys(model);
    yield visionEps(numberOr(model.vision, 'layer_norm_eps', 1e-6));
    yield projectorType('cogvlm');
  },
  keep: (name) => (name.startsWith('model.vision.') ? name : undefined),
};
