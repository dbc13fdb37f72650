import { sparseExperts } from './experts.js';
import type { Family } from './family.js';
import { uint } from './keys.js';
import { rotatedHeads } from './llama.js';
import { textKeys } from './text-keys.js';

/** Snowflake Arctic: a dense model with experts beside it in every block. */
export const arctic: Family = {
  names: ['ArcticForCausalLM'],
  gguf: 'arctic',
  vocabulary: 'arctic',
  keys: [
    textKeys,
    uint('vocab_size', ({ config }) => config.count('vocab_size')),
    uint('rope.dimension_count', ({ config }) =>
      Math.floor(config.count('hidden_size') / config.count('num_attention_heads')),
    ),
  ],
  tensors: (model) => [
    ...rotatedHeads(model),
    ...sparseExperts(
      model,
      (block, part) => `layers.${block}.feed_forward.experts.${part}.weight`,
      'num_local_experts',
    ),
  ],
};
