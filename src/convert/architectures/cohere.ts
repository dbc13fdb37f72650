import type { Family } from './family.js';
import { constant, float, uint } from './keys.js';
import { drop } from './tensor-rules.js';
import { textKeys } from './text-keys.js';

/** Command R and Aya 23: the context's length is what the model says, not how many positions it was given. */
export const commandR: Family = {
  names: ['CohereForCausalLM'],
  gguf: 'command-r',
  vocabulary: 'bpe',
  adjust: (config) =>
    config.with([['max_position_embeddings', config.count('model_max_length', 'max_position_embeddings')]]),
  keys: [textKeys, float('logit_scale', ['logit_scale']), constant('rope.scaling.type', 'none')],
};

/** Command R7B and later. Biases in its checkpoints are zeros that llama.cpp has no place for. */
export const cohere2: Family = {
  names: ['Cohere2ForCausalLM'],
  gguf: 'cohere2',
  vocabulary: 'bpe',
  keys: [
    textKeys,
    float('logit_scale', ['logit_scale']),
    uint('attention.sliding_window', ({ config }) => config.count('sliding_window')),
    uint('vocab_size', ['vocab_size']),
    uint('rope.dimension_count', ({ config }) => {
      const length = Math.floor(config.count('hidden_size') / Math.max(1, config.count('num_attention_heads')));
      return Math.trunc(config.need('rotary_pct') * length);
    }),
    constant('rope.scaling.type', 'none'),
  ],
  tensors: () => [drop('.bias')],
};
