import { SlipwayError } from '../../core/index.js';
import { mlpExperts } from './experts.js';
import type { Family, Model } from './family.js';
import { bool, float, uint } from './keys.js';
import { headDim } from './rope.js';
import { GATING, textKeys } from './text-keys.js';

/** GLM-4 (0414 and later), dense. */
export const glm4: Family = {
  names: ['Glm4ForCausalLM'],
  gguf: 'glm4',
  vocabulary: 'bpe',
  special: [
    { role: 'eos', token: '<|endoftext|>' },
    { role: 'eot', token: '<|user|>' },
    { role: 'unk', token: '<|endoftext|>' },
    { role: 'bos', token: '<|endoftext|>' },
  ],
  keys: [textKeys, uint('rope.dimension_count', rotated)],
  rename: (name, { rope }) => {
    if (!rope.has('mrope_section')) return name;
    throw new SlipwayError('ARCH_UNSUPPORTED', 'GLM-4 with positions in several dimensions cannot be converted', {
      where: 'config.json: mrope_section',
    });
  },
};

/** GLM-4.5 and 4.6, with the layers that predict further tokens. */
export const glm4moe: Family = {
  names: ['Glm4MoeForCausalLM'],
  gguf: 'glm4moe',
  vocabulary: 'bpe',
  special: [
    { role: 'bos', token: '[gMASK]' },
    { role: 'eot', token: '<|user|>' },
    { role: 'unk', token: '<|endoftext|>' },
    { role: 'eom', token: '<|observation|>' },
  ],
  blockCount: (config) => config.count('num_hidden_layers') + (config.number('num_nextn_predict_layers') ?? 0),
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

function rotated(model: Model): number {
  return Math.trunc(headDim(model) * (model.rope.number('partial_rotary_factor') ?? 0.5));
}
