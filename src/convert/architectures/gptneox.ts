import type { Family } from './family.js';
import { gatherHeads } from './fused-attention.js';
import { bool, float, uint } from './keys.js';
import { change } from './tensor-rules.js';

/** GPT-NeoX and Pythia. Their GGUF has no file type: the converter writes none. */
export const gptneox: Family = {
  names: ['GPTNeoXForCausalLM'],
  gguf: 'gptneox',
  vocabulary: 'bpe',
  keys: [
    uint('context_length', ['max_position_embeddings']),
    uint('embedding_length', ['hidden_size']),
    uint('block_count', (model) => model.blockCount),
    uint('feed_forward_length', ['intermediate_size']),
    uint('rope.dimension_count', ({ config }) => {
      const length = Math.floor(config.count('hidden_size') / Math.max(1, config.count('num_attention_heads')));
      return Math.trunc(config.need('rotary_pct') * length);
    }),
    uint('attention.head_count', ['num_attention_heads']),
    bool('use_parallel_residual', ({ config }) => config.flag('use_parallel_residual', true)),
    float('attention.layer_norm_epsilon', ['layer_norm_eps']),
  ],
  tensors: ({ config }) => [
    change(['attention.query_key_value.weight', 'attention.query_key_value.bias'], (tensor) =>
      gatherHeads(tensor, config.count('num_attention_heads', 'n_head')),
    ),
  ],
};
