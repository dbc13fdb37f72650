import type { Family, Model } from './family.js';
import { gatherHeads } from './fused-attention.js';
import { fileType, float, uint } from './keys.js';
import { change } from './tensor-rules.js';

/** BLOOM. */
export const bloom: Family = {
  names: ['BloomForCausalLM', 'BloomModel'],
  gguf: 'bloom',
  vocabulary: 'bpe',
  keys: [
    uint('context_length', (model) => model.config.number('seq_length') ?? width(model)),
    uint('embedding_length', width),
    uint('feed_forward_length', (model) => 4 * width(model)),
    uint('block_count', (model) => model.blockCount),
    uint('attention.head_count', heads),
    uint('attention.head_count_kv', heads),
    float('attention.layer_norm_epsilon', ['layer_norm_epsilon']),
    fileType,
  ],
  rename: (name) => name.replaceAll('transformer.', ''),
  tensors: (model) => [
    change(['self_attention.query_key_value.weight', 'self_attention.query_key_value.bias'], (tensor) =>
      gatherHeads(tensor, heads(model)),
    ),
  ],
};

function width({ config }: Model): number {
  return config.count('hidden_size', 'n_embed');
}

function heads({ config }: Model): number {
  return config.count('n_head', 'num_attention_heads');
}
