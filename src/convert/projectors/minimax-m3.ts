import { concat, narrow, reshape, wrongShape, type TensorExpression } from '../expressions/index.js';
import { encoderKeys, numberOr, projectorType, uint, useGelu, visionEps } from './projector-keys.js';
import type { Projector } from './projector.js';
import { changing, rule, timeSlices } from './tensor-rules.js';

/** The only width of heads for which the order of axes is known. */
const HEAD = 80;

/** MiniMax M3. */
export const minimaxM3: Projector = {
  names: ['MiniMaxM3SparseForConditionalGeneration'],
  keys: function* (model) {
    const { vision } = model;
    yield* encoderKeys(model);
    yield projectorType('minimax_m3');
    yield useGelu;
    yield visionEps(numberOr(vision, 'layer_norm_eps', 1e-5));
    const compression = vision.object('img_token_compression_config');
    const merge = compression === undefined ? 2 : numberOr(compression, 'spatial_merge_size', 2);
    yield uint('vision.spatial_merge_size', Math.trunc(merge));
  },
  keep: (name) => (/^(?:vision_tower|multi_modal_projector|patch_merge_mlp)\./.test(name) ? name : undefined),
  tensors: ({ vision }) => [
    rule(
      (name) => name === 'vision_tower.vision_model.embeddings.patch_embedding.weight',
      ({ tensor }) => timeSlices(tensor, undefined),
    ),
    changing(
      (name) => /\.[qk]_proj\.(?:weight|bias)$/.test(name),
      (tensor) => byAxis(tensor, vision.count('num_attention_heads')),
    ),
  ],
};

/** Time, height and width of both halves of a head side by side: [T H W | T H W | rest] to [T T | H H | W W | rest]. */
function byAxis(tensor: TensorExpression, heads: number): TensorExpression {
  const [rows = 0, ...rest] = tensor.shape;
  if (rows !== heads * HEAD) throw wrongShape(tensor, `has no ${heads} heads of ${HEAD}`);
  const axis = 2 * Math.floor((2 * Math.floor(HEAD / 2)) / 3 / 2);
  const [part, half] = [axis / 2, (3 * axis) / 2];
  const view = reshape(tensor, [heads, HEAD, ...rest]);
  const starts = [0, half, part, half + part, 2 * part, half + 2 * part];
  const pieces = starts.map((start) => narrow(view, 1, start, part));
  const remainder = HEAD - 2 * half;
  if (remainder > 0) pieces.push(narrow(view, 1, 2 * half, remainder));
  return reshape(concat(pieces, 1), tensor.shape);
}
