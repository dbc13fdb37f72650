import { sparseExperts } from './experts.js';
import type { Family } from './family.js';
import { uint } from './keys.js';
import { textKeys } from './text-keys.js';

/** MiniMax M2. */
export const minimaxM2: Family = {
  names: ['MiniMaxM2ForCausalLM'],
  gguf: 'minimax-m2',
  vocabulary: 'bpe',
  keys: [
    textKeys,
    uint('expert_feed_forward_length', ({ config }) => config.count('intermediate_size')),
    uint('rope.dimension_count', ({ config }) => config.count('rotary_dim')),
  ],
  tensors: (model) =>
    sparseExperts(
      model,
      (block, part) => `model.layers.${block}.block_sparse_moe.experts.${part}.weight`,
      'num_local_experts',
      'num_experts',
    ),
};
