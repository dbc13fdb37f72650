import { mlpExperts } from './experts.js';
import type { Family, Model } from './family.js';
import { bools, uint, when } from './keys.js';
import { textKeys } from './text-keys.js';

/** JetBrains' Mellum 2. */
export const mellum: Family = {
  names: ['MellumForCausalLM'],
  gguf: 'mellum',
  vocabulary: 'bpe',
  keys: [
    textKeys,
    uint('expert_feed_forward_length', ['moe_intermediate_size']),
    when(
      slides,
      uint('attention.sliding_window', ['sliding_window']),
      bools('attention.sliding_window_pattern', ({ config }) =>
        (config.strings('layer_types') ?? []).map((type) => type === 'sliding_attention'),
      ),
    ),
  ],
  tensors: (model) => mlpExperts(model, 'num_local_experts', 'num_experts'),
};

function slides({ config }: Model): boolean {
  return config.boolean('use_sliding_window') !== false && config.number('sliding_window') !== undefined;
}
