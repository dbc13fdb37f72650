import type { Family } from './family.js';
import { float, uint } from './keys.js';

/** MPT. Its GGUF has no file type: the converter writes none. */
export const mpt: Family = {
  names: ['MPTForCausalLM'],
  gguf: 'mpt',
  vocabulary: 'bpe',
  keys: [
    uint('context_length', ['max_seq_len']),
    uint('embedding_length', ['d_model']),
    uint('block_count', (model) => model.blockCount),
    uint('feed_forward_length', ({ config }) => 4 * config.count('d_model')),
    uint('attention.head_count', ['n_heads']),
    float('attention.layer_norm_epsilon', () => 1e-5),
    float('attention.clamp_kqv', ({ config }) => config.object('attn_config')?.number('clip_qkv')),
    float('attention.max_alibi_bias', ({ config }) => {
      const attention = config.object('attn_config');
      return attention?.boolean('alibi') === false ? 0 : (attention?.number('alibi_bias_max') ?? 8);
    }),
  ],
};
