import type { Values } from '../config/config-values.js';
import { concat, narrow, regroup, reshape, wrongShape } from '../expressions/index.js';
import type { SpecialToken } from '../tokenizers/index.js';
import { deepseek2, indexerKeys, latentTensors, skipPredictionLayers } from './deepseek.js';
import { mlpExperts } from './experts.js';
import type { Family, Model, TensorRule } from './family.js';
import { bool, bools, float, uint } from './keys.js';
import { headDim } from './rope.js';
import { change } from './tensor-rules.js';
import { GATING, textKeys } from './text-keys.js';

export const GLM_SPECIAL: readonly SpecialToken[] = [
  { role: 'bos', token: '[gMASK]' },
  { role: 'eot', token: '<|user|>' },
  { role: 'unk', token: '<|endoftext|>' },
  { role: 'eom', token: '<|observation|>' },
];

/** GLM-4 (0414 and later), dense. */
export const glm4: Family = {
  names: ['Glm4ForCausalLM', 'Glm4vForConditionalGeneration'],
  gguf: 'glm4',
  vocabulary: 'bpe',
  special: [
    { role: 'eos', token: '<|endoftext|>' },
    { role: 'eot', token: '<|user|>' },
    { role: 'unk', token: '<|endoftext|>' },
    { role: 'bos', token: '<|endoftext|>' },
  ],
  keys: [textKeys, uint('rope.dimension_count', rotated)],
  tensors: rotatedHalves,
};

/** GLM-OCR: GLM-4 with layers that predict further tokens. */
export const glmOcr: Family = {
  ...glm4,
  names: ['GlmOcrForConditionalGeneration'],
  blockCount: withPredictionLayers,
  keys: [...glm4.keys, uint('nextn_predict_layers', ['num_nextn_predict_layers'])],
};

/** GLM-4.5 and 4.6, with the layers that predict further tokens. */
export const glm4moe: Family = {
  names: ['Glm4MoeForCausalLM', 'Glm4vMoeForConditionalGeneration'],
  gguf: 'glm4moe',
  draft: {},
  vocabulary: 'bpe',
  special: GLM_SPECIAL,
  blockCount: withPredictionLayers,
  keys: [
    textKeys,
    uint('rope.dimension_count', rotated),
    uint('expert_count', ['n_routed_experts']),
    uint('expert_feed_forward_length', ['moe_intermediate_size']),
    uint('expert_shared_count', ['n_shared_experts']),
    uint('leading_dense_block_count', ['first_k_dense_replace']),
    uint('expert_gating_func', () => GATING.sigmoid),
    float('expert_weights_scale', ['routed_scaling_factor']),
    bool('expert_weights_norm', ['norm_topk_prob']),
    uint('nextn_predict_layers', ['num_nextn_predict_layers']),
  ],
  tensors: (model) => mlpExperts(model, 'n_routed_experts'),
};

/** Solar Open, in the shape of GLM-4.5. */
export const solarOpen: Family = {
  ...glm4moe,
  names: ['SolarOpenForCausalLM'],
  draft: undefined,
  special: [
    { role: 'eos', token: '<|endoftext|>' },
    { role: 'eot', token: '<|endoftext|>' },
    { role: 'unk', token: '<unk>' },
    { role: 'bos', token: '<|startoftext|>' },
  ],
};

/** GLM-4.7 Flash, in the shape of DeepSeek V3. */
export const glm4moeLite: Family = {
  ...deepseek2,
  names: ['Glm4MoeLiteForCausalLM'],
  draft: {},
  vocabulary: 'bpe',
  special: GLM_SPECIAL,
  blockCount: withPredictionLayers,
  keys: [
    ...deepseek2.keys,
    uint('nextn_predict_layers', ({ config }) => config.number('num_nextn_predict_layers') || undefined),
  ],
  tensors: (model) => [
    ...((model.config.number('num_nextn_predict_layers') ?? 0) > 0 ? [] : [skipPredictionLayers(model)]),
    ...latentTensors(model),
  ],
};

/** GLM-5, in the shape of DeepSeek V3.2; some of its layers share their indexer with one before. */
export const glmDsa: Family = {
  ...deepseek2,
  names: ['GlmMoeDsaForCausalLM'],
  gguf: 'glm-dsa',
  draft: {},
  vocabulary: 'bpe',
  special: GLM_SPECIAL,
  blockCount: withPredictionLayers,
  keys: [
    ...deepseek2.keys,
    uint('rope.dimension_count', ({ config, rope }) =>
      Math.trunc(config.count('qk_rope_head_dim') * (rope.number('partial_rotary_factor') ?? 1)),
    ),
    uint('nextn_predict_layers', ['num_nextn_predict_layers']),
    indexerKeys,
    bools('attention.indexer.types', ({ config }) => config.strings('indexer_types')?.map((type) => type === 'full')),
  ],
  tensors: latentTensors,
};

function withPredictionLayers(config: Values): number {
  return config.count('num_hidden_layers') + (config.number('num_nextn_predict_layers') ?? 0);
}

/** Where positions have several dimensions, ggml rotates halves of a head against each other instead of neighbours. */
function rotatedHalves(model: Model): readonly TensorRule[] {
  if (!model.rope.has('mrope_section')) return [];
  return [
    change(['q_proj.weight', 'q_proj.bias', 'k_proj.weight', 'k_proj.bias'], (tensor) => {
      const length = headDim(model);
      const [rows = 0, ...rest] = tensor.shape;
      const turned = rotated(model);
      if (length === 0 || rows % length !== 0 || turned % 2 !== 0)
        throw wrongShape(tensor, `has no heads of ${length}`);
      const heads = reshape(tensor, [rows / length, length, ...rest]);
      const part = narrow(heads, 1, 0, turned);
      const axes = [0, 2, 1, ...rest.map((_, index) => index + 3)];
      const halves = regroup(part, [rows / length, turned / 2, 2, ...rest], axes);
      return reshape(concat([halves, narrow(heads, 1, turned, length - turned)], 1), tensor.shape);
    }),
  ];
}

function rotated(model: Model): number {
  return Math.trunc(headDim(model) * (model.rope.number('partial_rotary_factor') ?? 0.5));
}
