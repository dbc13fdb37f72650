import type { Family } from './family.js';
import { bool, float, uint } from './keys.js';
import { qwen2moe } from './qwen2.js';

/** dots.llm1. */
export const dots1: Family = {
  ...qwen2moe,
  names: ['Dots1ForCausalLM'],
  gguf: 'dots1',
  adjust: (config) => config.with([['num_experts', config.count('n_routed_experts')]]),
  keys: [
    ...qwen2moe.keys,
    uint('leading_dense_block_count', ({ config }) => config.count('first_k_dense_replace')),
    uint('expert_shared_count', ({ config }) => config.count('n_shared_experts')),
    float('expert_weights_scale', ({ config }) => config.need('routed_scaling_factor')),
    bool('expert_weights_norm', ['norm_topk_prob']),
  ],
};
