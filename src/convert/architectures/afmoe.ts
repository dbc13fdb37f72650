import type { Family } from './family.js';
import { bool, float, uint } from './keys.js';
import { llama, llamaKeys } from './llama.js';
import { stackExperts } from './tensor-rules.js';

/** Arcee's Trinity. */
export const afmoe: Family = {
  ...llama,
  names: ['AfmoeForCausalLM'],
  gguf: 'afmoe',
  keys: [
    llamaKeys,
    uint('expert_shared_count', ['num_shared_experts']),
    uint('expert_feed_forward_length', ['moe_intermediate_size']),
    uint('leading_dense_block_count', ['num_dense_layers']),
    bool('expert_weights_norm', ['route_norm']),
    float('expert_weights_scale', ['route_scale']),
    uint('attention.sliding_window', ['sliding_window']),
  ],
  rename: (name) => name.replace(/\.expert_bias$/, '.expert_bias.bias'),
  tensors: ({ config }) => [
    stackExperts({
      marker: 'mlp.experts',
      count: config.count('num_local_experts', 'num_experts'),
      parts: ['gate_proj', 'up_proj', 'down_proj'],
      source: (block, expert, part) => `model.layers.${block}.mlp.experts.${expert}.${part}.weight`,
      target: (block, part) => `model.layers.${block}.mlp.experts.${part}.weight`,
    }),
  ],
};
