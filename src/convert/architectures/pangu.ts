import type { Family } from './family.js';
import { bool, uint } from './keys.js';
import { headDim } from './rope.js';
import { drop } from './tensor-rules.js';
import { textKeys } from './text-keys.js';

/** openPangu Embedded. */
export const pangu: Family = {
  names: ['PanguEmbeddedForCausalLM'],
  gguf: 'pangu-embedded',
  vocabulary: 'sentencepiece',
  keys: [
    textKeys,
    uint('vocab_size', ['vocab_size']),
    uint('rope.dimension_count', headDim),
    uint('attention.key_length', headDim),
    uint('attention.value_length', headDim),
  ],
  lastKeys: [
    bool('tokenizer.ggml.add_space_prefix', ({ tokenizerConfig }) => tokenizerConfig.boolean('add_prefix_space')),
  ],
  tensors: ({ config }) => (config.boolean('tie_word_embeddings') === true ? [drop('lm_head.weight')] : []),
};
