import { transpose } from '../expressions/index.js';
import type { Family } from './family.js';
import { fileType, float, uint } from './keys.js';
import { change } from './tensor-rules.js';

/** GPT-2, whose linear layers are stored as convolutions: inputs first. */
export const gpt2: Family = {
  names: ['GPT2LMHeadModel'],
  gguf: 'gpt2',
  vocabulary: 'bpe',
  keys: [
    uint('block_count', (model) => model.blockCount),
    uint('context_length', ({ config }) => config.count('n_ctx')),
    uint('embedding_length', ['n_embd']),
    uint('feed_forward_length', ({ config }) => 4 * config.count('n_embd')),
    uint('attention.head_count', ['n_head']),
    float('attention.layer_norm_epsilon', ['layer_norm_epsilon']),
    fileType,
  ],
  tensors: () => [change(['.c_attn.weight', '.c_proj.weight', '.c_fc.weight'], transpose)],
};
