import { addOne } from '../architectures/tensor-rules.js';
import { encoderKeys, numberOr, projectorType, uint, useGelu, visionEps } from './projector-keys.js';
import type { Projector, ProjectorModel } from './projector.js';
import { changing } from './tensor-rules.js';
import type { Key } from '../architectures/family.js';

/** Gemma 3: SigLIP, whose patches are pooled in front of one matrix. */
export const gemma3: Projector = {
  names: ['Gemma3ForConditionalGeneration'],
  keys: function* (model) {
    yield* encoderKeys(model);
    yield projectorType('gemma3');
    yield visionEps(numberOr(model.vision, 'layer_norm_eps', 1e-6));
    yield useGelu;
    yield* pooling(model);
  },
  keep: (name) => {
    if (name.includes('vision_model.head.')) return undefined;
    if (!/^(?:multi_modal_projector|vision_tower|multimodal_projector|vision_model)\./.test(name)) return undefined;
    return name.replaceAll('_weight', '.weight');
  },
  tensors: () => [changing((name) => name.includes('soft_emb_norm.weight'), addOne)],
  force: (_name, { source }) => {
    if (source.includes('input_projection')) return 'F16';
    return source.includes('.embeddings.') ? 'F32' : undefined;
  },
};

/** By how much patches are pooled in each direction, where that is not the usual 4. */
export function* pooling({ vision, preprocessor }: ProjectorModel): Iterable<Key> {
  const side = Math.trunc(Math.sqrt(numberOr(preprocessor, 'image_seq_length', 256)));
  const patches = Math.floor(vision.need('image_size') / vision.need('patch_size'));
  const factor = Math.floor(patches / side);
  if (factor > 0 && factor !== 4) yield uint('vision.projector.scale_factor', factor);
}
