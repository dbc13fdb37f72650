import { concat, regroup, reshape, type TensorExpression } from '../expressions/index.js';
import type { Values } from '../config/config-values.js';
import { encoderKeys, flag, numberOr, projectorType, uint, useGelu, visionEps } from './projector-keys.js';
import type { PlannedProjector, Projector } from './projector.js';
import { changing, chunks, renaming, splitQkv } from './tensor-rules.js';
import type { Key } from '../architectures/family.js';

/** Kimi-VL: MoonViT. */
export const kimiVl: Projector = {
  names: ['KimiVLForConditionalGeneration'],
  settle: ({ vision }) => ({ vision: vision.with({ image_size: 64 * 14 }) }),
  keys: function* (model) {
    yield* encoderKeys(model);
    yield projectorType('kimivl');
    yield useGelu;
    yield uint('vision.projector.scale_factor', 2);
    yield visionEps(numberOr(model.vision, 'layer_norm_eps', 1e-5));
  },
  keep: (name) => (/vision_tower|multi_modal_projector/.test(name) ? name : undefined),
  tensors: () => [
    changing(
      (name) => name.includes('pos_emb.weight'),
      (tensor) => reshape(tensor, [(tensor.shape[0] ?? 0) * (tensor.shape[1] ?? 0), tensor.shape[2] ?? 0]),
    ),
    splitQkv('wqkv', ['wq', 'wk', 'wv']),
  ],
};

/** Kimi K2.5: MoonViT over frames. */
export const kimiK25: Projector = {
  names: ['KimiK25ForConditionalGeneration'],
  settle: ({ vision }) => ({
    vision: vision.with({
      image_size: numberOr(vision, 'init_pos_emb_height', 64) * numberOr(vision, 'patch_size', 14),
    }),
  }),
  keys: k25Keys,
  keep: (name) => (/vision_tower|mm_projector/.test(name) ? name : undefined),
  tensors: ({ vision }) => [
    changing(
      (name) => name.includes('wqkv'),
      (tensor, name) => rotatedQkv(tensor, name, numberOr(vision, 'num_attention_heads', 16)),
    ),
    changing(
      (name) => name.includes('pos_emb.time_weight'),
      (tensor) => reshape(tensor, [tensor.shape[0] ?? 0, tensor.shape.at(-1) ?? 0]),
    ),
    renaming(
      (name) => /mm_projector\.proj\.[02]\./.test(name),
      (name) => name.replaceAll('.proj.0.', '.proj.linear_1.').replaceAll('.proj.2.', '.proj.linear_2.'),
    ),
  ],
};

/** GLM-5.2 Vision has the same encoder and projection. */
export const glm5v: Projector = {
  ...kimiK25,
  names: ['Glm5vForConditionalGeneration'],
  tensors: (model) => [
    renaming(
      (name) => name.startsWith('mm_projector.linear_'),
      (name) => name.replace('mm_projector.linear_', 'mm_projector.proj.linear_'),
    ),
    ...(kimiK25.tensors?.(model) ?? []),
  ],
};

function* k25Keys(model: PlannedProjector): Iterable<Key> {
  const { vision, preprocessor } = model;
  yield* encoderKeys(model);
  yield projectorType('kimik25');
  // These three have no prefix in the reference.
  for (const [key, name, fallback] of POSITIONS) {
    const [, value] = uint(key, numberOr(vision, name, fallback));
    yield [`/${key}`, value];
  }
  const act = vision.has('projector_hidden_act') ? vision.string('projector_hidden_act') : 'gelu';
  yield flag('use_gelu', act === 'gelu');
  yield visionEps(numberOr(vision, 'projector_ln_eps', 1e-5));
  yield uint('vision.projector.scale_factor', mergeSide(vision));
  const pixels = numberOr(vision, 'patch_size', 14) ** 2;
  yield uint('vision.image_min_pixels', 8 * pixels);
  yield uint('vision.image_max_pixels', numberOr(preprocessor, 'in_patch_limit', 16_384) * pixels);
}

const POSITIONS = [
  ['vision.pos_emb_height', 'init_pos_emb_height', 64],
  ['vision.pos_emb_width', 'init_pos_emb_width', 64],
  ['vision.pos_emb_time', 'init_pos_emb_time', 4],
] as const;

function mergeSide(vision: Values): number {
  return vision.numbers('merge_kernel_size')?.[0] ?? 2;
}

/** Queries and keys of neighbouring pairs in the order in which ggml rotates two axes. */
function rotatedQkv(tensor: TensorExpression, name: string, heads: number): TensorExpression {
  if (!/weight|bias/.test(name)) return tensor;
  const [query, key, value] = chunks(tensor, 3);
  if (query === undefined || key === undefined || value === undefined) return tensor;
  const rotate = (part: TensorExpression): TensorExpression => {
    const [rows = 0, ...rest] = part.shape;
    const view = [heads, rows / heads / 4, 2, 2, ...rest];
    return regroup(part, view, [0, 2, 1, 3, ...rest.map((_, index) => index + 4)]);
  };
  return concat([rotate(query), rotate(key), value]);
}
