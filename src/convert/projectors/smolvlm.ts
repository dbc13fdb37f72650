import { encoderKeys, numberOr, projectorType, uint, useGelu, visionEps } from './projector-keys.js';
import type { Projector } from './projector.js';

/** Idefics 3 and SmolVLM. */
export const smolvlm: Projector = {
  names: ['Idefics3ForConditionalGeneration', 'SmolVLMForConditionalGeneration'],
  settle: ({ vision }) => {
    if (vision.string('model_type') !== 'smolvlm_vision') return {};
    return {
      vision: vision.with({
        hidden_size: numberOr(vision, 'hidden_size', 1152),
        num_attention_heads: numberOr(vision, 'num_attention_heads', 16),
        intermediate_size: numberOr(vision, 'intermediate_size', 3072),
      }),
    };
  },
  keys: function* (model) {
    const { vision, config, preprocessor } = model;
    yield* encoderKeys(model);
    yield projectorType('idefics3');
    yield visionEps(numberOr(vision, 'layer_norm_eps', 1e-5));
    yield uint('vision.projector.scale_factor', numberOr(config, 'scale_factor', 2));
    yield useGelu;
    const size = preprocessor.object('size');
    const edge = size?.has('longest_edge') === true ? size.need('longest_edge') : vision.need('image_size');
    yield uint('vision.preproc_image_size', edge);
  },
  keep: (name) => (/vision_tower|vision_model|model\.connector/.test(name) ? name : undefined),
  force: (_name, { source }) => (source.includes('.embeddings.') ? 'F32' : undefined),
};
