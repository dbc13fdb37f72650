import { interleaveHeads } from '../architectures/tensor-rules.js';
import { narrow, reshape, zipValues, type TensorExpression } from '../expressions/index.js';
import { encoderKeys, projectorType, uint, visionEps } from './projector-keys.js';
import type { Projector } from './projector.js';
import { changing, named, rule } from './tensor-rules.js';

const PROJECTION = ['model.vision_adapter.fc1', 'model.vision_adapter.fc2', 'model.vision_projection'];

/** Muse Glimmer. */
export const museGlimmer: Projector = {
  names: ['MuseGlimmerForConditionalGeneration'],
  settle: ({ vision }) => ({
    vision: vision.with({
      image_size: vision.need('pos_emb_height') * vision.need('patch_size') * vision.need('merge_size'),
    }),
  }),
  keys: function* (model) {
    yield* encoderKeys(model);
    yield projectorType('muse-glimmer');
    yield visionEps(model.vision.need('layer_norm_eps'));
    yield uint('vision.spatial_merge_size', Math.trunc(model.vision.need('merge_size')));
  },
  keep: (name) => (/^model\.vision_(?:tower|adapter|projection)\./.test(name) ? name : undefined),
  tensors: ({ vision }) => [
    changing(
      (name) => /\.attn\.[qk]_proj\./.test(name),
      (tensor) => interleaveHeads(tensor, vision.count('num_attention_heads')),
    ),
    changing(
      (name) => name.endsWith('patch_embedder.patch_embedding.weight'),
      (tensor) => summedFrames(tensor, vision.count('patch_temporal'), vision.count('patch_size')),
    ),
    rule(
      (name) => PROJECTION.includes(name.slice(0, name.lastIndexOf('.'))),
      ({ name, tensor }) => {
        const end = name.lastIndexOf('.');
        return [named(`mm.${PROJECTION.indexOf(name.slice(0, end))}${name.slice(end)}`, tensor)];
      },
    ),
  ],
};

/** A still image is the same in all frames: their weights add up. */
function summedFrames(tensor: TensorExpression, frames: number, side: number): TensorExpression {
  const width = tensor.shape[0] ?? 0;
  const view = reshape(tensor, [width, frames, 3, side, side]);
  const slices = Array.from({ length: frames }, (_, frame) =>
    reshape(narrow(view, 1, frame, 1), [width, 3, side, side]),
  );
  return zipValues(slices, (values) => values.reduce((sum, value) => Math.fround(sum + value), 0));
}
