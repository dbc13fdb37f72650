import { concat } from '../expressions/index.js';
import type { Family, Model } from './family.js';
import { constant, fileType, float, uint } from './keys.js';
import { splitGroups } from './fused-attention.js';

/** Falcon 7B, 40B and 180B. */
export const falcon: Family = {
  names: ['FalconForCausalLM', 'RWForCausalLM'],
  gguf: 'falcon',
  vocabulary: 'bpe',
  keys: [
    uint('context_length', () => 2048),
    constant('tensor_data_layout', 'jploski'),
    uint('embedding_length', ['hidden_size']),
    uint('feed_forward_length', ({ config }) => 4 * config.count('hidden_size')),
    uint('block_count', (model) => model.blockCount),
    uint('attention.head_count', heads),
    uint('attention.head_count_kv', keyHeads),
    float('attention.layer_norm_epsilon', ['layer_norm_epsilon']),
    fileType,
  ],
  tensors: (model) => [
    {
      takes: (name) => name.includes('query_key_value'),
      apply: ({ name, tensor }) => {
        const groups = keyHeads(model);
        const length = Math.floor(model.config.count('hidden_size') / Math.max(1, heads(model)));
        return [{ name, tensor: concat(splitGroups(tensor, groups, Math.floor(heads(model) / groups), length)) }];
      },
    },
  ],
};

function heads({ config }: Model): number {
  return config.number('num_attention_heads') ?? config.count('n_head');
}

function keyHeads({ config }: Model): number {
  return Math.max(1, config.number('num_kv_heads') ?? config.number('n_head_kv') ?? 1);
}
