import type { Family, KeyRule, TensorRule } from './family.js';
import { all, fileType, float, uint } from './keys.js';

const firstKeys: KeyRule = all(
  uint('context_length', ({ config }) => config.number('n_positions') ?? 512),
  uint('embedding_length', ['d_model']),
  uint('feed_forward_length', ['d_ff']),
  uint('block_count', (model) => model.blockCount),
);
const attentionKeys: KeyRule = all(
  uint('attention.head_count', ['num_heads']),
  uint('attention.key_length', ['d_kv']),
  uint('attention.value_length', ['d_kv']),
  float('attention.layer_norm_epsilon', ['layer_norm_epsilon']),
  uint('attention.relative_buckets_count', ['relative_attention_num_buckets']),
  float('attention.layer_norm_rms_epsilon', ['layer_norm_epsilon']),
);

/** T5, FLAN-T5, mT5 and UMT5: encoder and decoder. */
export const t5: Family = {
  names: [
    'T5WithLMHeadModel',
    'T5ForConditionalGeneration',
    'MT5ForConditionalGeneration',
    'UMT5ForConditionalGeneration',
    'UMT5Model',
  ],
  gguf: 't5',
  vocabulary: 'unigram',
  keys: [
    firstKeys,
    uint('decoder_block_count', ['num_decoder_layers']),
    attentionKeys,
    uint('decoder_start_token_id', ({ config }) => config.count('decoder_start_token_id')),
    fileType,
  ],
  tensors: () => [sharedEmbeddings()],
};

/** The encoder alone, for embeddings. */
export const t5encoder: Family = {
  names: ['T5EncoderModel'],
  gguf: 't5encoder',
  vocabulary: 'unigram',
  keys: [firstKeys, attentionKeys, fileType],
  tensors: () => [sharedEmbeddings()],
};

/** Checkpoints name the one embedding matrix in up to three ways: the first that comes is it. */
function sharedEmbeddings(): TensorRule {
  const names = new Set(['decoder.embed_tokens.weight', 'encoder.embed_tokens.weight', 'shared.weight']);
  let seen = false;
  return {
    takes: (name) => names.has(name),
    apply: ({ tensor }) => {
      if (seen) return [];
      seen = true;
      return [{ name: 'shared.weight', tensor }];
    },
  };
}
