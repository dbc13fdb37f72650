import type { Values } from '../config/values.js';
import { mlpExperts } from './experts.js';
import type { Family } from './family.js';
import { bool, float, uint } from './keys.js';
import { headDim } from './rope.js';
import { textKeys } from './text-keys.js';

/** Ling 2 and Ring 2, with the layers that predict further tokens. */
export const bailingMoe2: Family = {
  names: ['BailingMoeV2ForCausalLM'],
  gguf: 'bailingmoe2',
  vocabulary: 'bpe',
  blockCount: (config) => config.count('num_hidden_layers') + (config.number('num_nextn_predict_layers') ?? 0),
  keys: [
    textKeys,
    uint('rope.dimension_count', (model) =>
      Math.trunc(headDim(model) * (model.rope.number('partial_rotary_factor') ?? 0.5)),
    ),
    uint('leading_dense_block_count', ({ config }) => config.count('first_k_dense_replace')),
    uint('vocab_size', ['vocab_size']),
    uint('expert_feed_forward_length', ({ config }) => config.count('moe_intermediate_size')),
    uint('expert_shared_feed_forward_length', ({ config }) => sharedLength(config)),
    float('expert_weights_scale', ({ config }) => config.need('routed_scaling_factor')),
    uint('expert_shared_count', ({ config }) => config.count('num_shared_experts')),
    bool('expert_weights_norm', ({ config }) => config.boolean('norm_topk_prob')),
    uint('nextn_predict_layers', ['num_nextn_predict_layers']),
  ],
  rename: (name) => name.replace(/\.expert_bias$/, '.expert_bias.bias'),
  tensors: (model) => mlpExperts(model, 'num_local_experts', 'num_experts'),
};

function sharedLength(config: Values): number {
  return config.has('moe_shared_expert_intermediate_size')
    ? config.count('moe_shared_expert_intermediate_size')
    : config.count('moe_intermediate_size') * config.count('num_shared_experts');
}
