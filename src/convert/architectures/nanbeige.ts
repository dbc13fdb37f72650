import type { Family } from './family.js';
import { bool, uint } from './keys.js';
import { llama, llamaKeys } from './llama.js';

/** Nanbeige 4, which may go through its layers several times. */
export const nanbeige: Family = {
  ...llama,
  names: ['NanbeigeForCausalLM'],
  gguf: 'nanbeige',
  keys: [
    llamaKeys,
    uint('num_loops', ({ config }) => Math.max(1, config.number('num_loops') ?? 1)),
    bool('skip_loop_final_norm', ({ config }) => config.boolean('skip_loop_final_norm') ?? false),
  ],
};
