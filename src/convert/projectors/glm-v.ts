import {
  encoderKeys,
  float,
  numberOr,
  projectorType,
  truncated,
  uint,
  useGelu,
  useSilu,
  visionEps,
} from './projector-keys.js';
import type { PlannedProjector, Projector } from './projector.js';
import { deepstack, patches, qwen3vl } from './qwen3-vl.js';
import type { Key } from '../architectures/family.js';

/** GLM-4V, GLM-4.5V and GLM-OCR. */
export const glm4v: Projector = {
  ...qwen3vl,
  names: ['Glm4vForConditionalGeneration', 'Glm4vMoeForConditionalGeneration', 'GlmOcrForConditionalGeneration'],
  keys: (model) => glmKeys(model, 'glm4v'),
  tensors: (model) => [deepstack(model), ...patches],
};

function* glmKeys(model: PlannedProjector, type: string): Iterable<Key> {
  yield* encoderKeys(model);
  yield projectorType(type);
  const act = (model.vision.string('hidden_act') ?? '').toLowerCase();
  if (act === 'gelu') yield useGelu;
  if (act === 'silu') yield useSilu;
  yield visionEps(numberOr(model.vision, 'rms_norm_eps', 1e-5));
}

/** GLM-5.3-Flash. */
export const glm5next: Projector = {
  ...glm4v,
  names: ['Glm5NextForConditionalGeneration'],
  keys: function* (model) {
    const { vision, preprocessor } = model;
    yield* glmKeys(model, 'glm5v');
    yield uint('vision.spatial_merge_size', Math.trunc(numberOr(vision, 'spatial_merge_size', 2)));
    const limit = vision.number('swiglu_limit');
    if (limit !== undefined) yield float('vision.swiglu_clamp', limit);
    const side =
      Math.trunc(numberOr(preprocessor, 'patch_size', 14)) * Math.trunc(numberOr(preprocessor, 'merge_size', 2));
    for (const end of ['min', 'max']) {
      const tokens = preprocessor.find(`${end}_image_tokens`);
      if (tokens === undefined) continue;
      yield uint(`vision.image_${end}_pixels`, truncated(tokens, `${end}_image_tokens`) * side * side);
    }
  },
};
