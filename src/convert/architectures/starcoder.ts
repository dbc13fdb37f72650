import type { Family } from './family.js';
import { fileType, float, uint } from './keys.js';
import { textKeys } from './text-keys.js';

/** StarCoder and the other GPT-BigCode models. */
export const starcoder: Family = {
  names: ['GPTBigCodeForCausalLM'],
  gguf: 'starcoder',
  vocabulary: 'bpe',
  keys: [
    uint('context_length', ['n_positions']),
    uint('embedding_length', ['n_embd']),
    uint('feed_forward_length', ({ config }) => 4 * config.count('n_embd')),
    uint('block_count', (model) => model.blockCount),
    uint('attention.head_count', ['n_head']),
    uint('attention.head_count_kv', () => 1),
    float('attention.layer_norm_epsilon', ['layer_norm_epsilon']),
    fileType,
  ],
};

/** StarCoder 2. */
export const starcoder2: Family = {
  names: ['Starcoder2ForCausalLM'],
  gguf: 'starcoder2',
  vocabulary: 'bpe',
  keys: [textKeys],
};
