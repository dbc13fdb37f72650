import { SlipwayError } from '../../core/index.js';
import type { Family } from './family.js';
import { bool, fileType, float, uint } from './keys.js';

/** StableLM 2 and its relatives. */
export const stablelm: Family = {
  names: ['StableLmForCausalLM', 'StableLMEpochForCausalLM', 'LlavaStableLMEpochForCausalLM'],
  gguf: 'stablelm',
  vocabulary: 'stablelm',
  keys: [
    uint('context_length', ['max_position_embeddings']),
    uint('embedding_length', ['hidden_size']),
    uint('block_count', (model) => model.blockCount),
    uint('feed_forward_length', ['intermediate_size']),
    uint('rope.dimension_count', ({ config, rope }) => {
      const length = Math.floor(config.count('hidden_size') / Math.max(1, config.count('num_attention_heads')));
      return Math.trunc(rope.need('partial_rotary_factor') * length);
    }),
    uint('attention.head_count', ['num_attention_heads']),
    uint('attention.head_count_kv', ['num_key_value_heads']),
    bool('use_parallel_residual', ({ config }) => config.flag('use_parallel_residual', true)),
    float('attention.layer_norm_epsilon', ['layer_norm_eps', 'norm_eps']),
    fileType,
  ],
  rename: (name) => {
    if (!/_layernorm\.norms\./.test(name)) return name;
    throw new SlipwayError('ARCH_UNSUPPORTED', 'StableLM with norms of its query heads cannot be converted', {
      where: name,
      got: "the reference fails on 'qk_layernorm', too",
    });
  },
};
