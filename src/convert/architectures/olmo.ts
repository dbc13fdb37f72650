import { mlpExperts } from './experts.js';
import type { Family } from './family.js';
import { bools, float, uint, when } from './keys.js';
import { rotatedHeads } from './llama.js';
import { textKeys } from './text-keys.js';

/** OLMo 1. */
export const olmo: Family = {
  names: ['OlmoForCausalLM', 'OLMoForCausalLM'],
  gguf: 'olmo',
  vocabulary: 'bpe',
  keys: [
    textKeys,
    float('attention.layer_norm_epsilon', () => 1e-5),
    float('attention.clamp_kqv', ({ config }) => config.number('clip_qkv')),
  ],
  tensors: rotatedHeads,
};

/** OLMo 2 and 3. */
export const olmo2: Family = {
  names: ['Olmo2ForCausalLM', 'Olmo3ForCausalLM'],
  gguf: 'olmo2',
  vocabulary: 'bpe',
  keys: [
    textKeys,
    when(
      ({ config }) => config.has('sliding_window'),
      uint('attention.sliding_window', ({ config }) => config.count('sliding_window')),
      bools('attention.sliding_window_pattern', ({ config, blockCount }) => {
        const types = config.strings('layer_types');
        if (types !== undefined) return types.map((type) => type === 'sliding_attention');
        return Array.from({ length: blockCount }, (_, index) => (index + 1) % 4 !== 0);
      }),
    ),
  ],
};

/** OLMoE. */
export const olmoe: Family = {
  names: ['OlmoeForCausalLM'],
  gguf: 'olmoe',
  vocabulary: 'bpe',
  keys: [textKeys, float('attention.layer_norm_rms_epsilon', () => 1e-5)],
  tensors: (model) => mlpExperts(model, 'num_local_experts', 'num_experts'),
};
