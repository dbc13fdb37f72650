import type { Family } from './family.js';
import { constant, fileType, float, uint } from './keys.js';

/** CodeShell. */
export const codeshell: Family = {
  names: ['CodeShellForCausalLM'],
  needs: ['num_query_groups'],
  gguf: 'codeshell',
  vocabulary: 'bpe',
  keys: [
    uint('context_length', ['n_positions']),
    uint('embedding_length', ['n_embd']),
    uint('feed_forward_length', ({ config }) => 4 * config.count('n_embd')),
    uint('block_count', (model) => model.blockCount),
    uint('attention.head_count', ['n_head']),
    uint('attention.head_count_kv', ['num_query_groups']),
    float('attention.layer_norm_epsilon', ['layer_norm_epsilon']),
    fileType,
    float('rope.freq_base', () => 10_000),
    constant('rope.scaling.type', 'linear'),
    float('rope.scaling.factor', () => 1),
  ],
};
