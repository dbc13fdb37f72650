import { mlpExperts } from './experts.js';
import type { Family } from './family.js';
import { bools, uint } from './keys.js';
import { headDim } from './rope.js';
import { textKeys } from './text-keys.js';

/** The experts' gates and ups are clamped at this. */
const CLAMP = 7;

/** Maple: experts in every block, attention within a window in most. */
export const maple: Family = {
  names: ['MapleForCausalLM'],
  gguf: 'maple',
  vocabulary: 'bpe',
  keys: [
    textKeys,
    uint('vocab_size', ({ config }) => config.count('vocab_size')),
    uint('rope.dimension_count', (model) =>
      Math.trunc(headDim(model) * (model.rope.number('partial_rotary_factor') ?? 1)),
    ),
    uint('attention.sliding_window', ({ config }) => config.count('sliding_window')),
    bools('attention.sliding_window_pattern', ({ config }) =>
      config.strings('layer_types')?.map((type) => type === 'sliding_attention'),
    ),
    uint('expert_feed_forward_length', ({ config }) => config.count('moe_intermediate_size')),
    ({ blockCount }) => [
      ['swiglu_clamp_exp', { type: 'ARRAY', items: 'FLOAT32', value: Array.from({ length: blockCount }, () => CLAMP) }],
    ],
  ],
  tensors: (model) => mlpExperts(model, 'num_experts'),
};
