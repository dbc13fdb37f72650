import type { Family } from './family.js';
import { constant, fileType, float, uint } from './keys.js';

/** Orion. Its configuration calls the norm's epsilon RMS; the norm is a layer norm. */
export const orion: Family = {
  names: ['OrionForCausalLM'],
  needs: ['intermediate_size', 'hidden_size', 'rms_norm_eps'],
  gguf: 'orion',
  vocabulary: 'sentencepiece',
  keys: [
    fileType,
    constant('tensor_data_layout', 'Meta AI original pth'),
    uint('context_length', ({ config }) =>
      config.count('max_sequence_length', 'max_position_embeddings', 'model_max_length'),
    ),
    uint('embedding_length', ['hidden_size']),
    uint('block_count', (model) => model.blockCount),
    uint('feed_forward_length', ['intermediate_size']),
    uint('attention.head_count', ['num_attention_heads']),
    uint('attention.head_count_kv', ({ config }) => config.count('num_key_value_heads', 'num_attention_heads')),
    float('attention.layer_norm_epsilon', ['rms_norm_eps']),
  ],
};
