import type { Family, Model } from './family.js';
import { uint } from './keys.js';
import { stackExperts } from './tensor-rules.js';
import { GATING, textKeys } from './text-keys.js';

/** SmallThinker: experts chosen before attention, a sliding window in some layers. */
export const smallthinker: Family = {
  names: ['SmallThinkerForCausalLM'],
  gguf: 'smallthinker',
  vocabulary: 'bpe',
  keys: [
    textKeys,
    uint('expert_count', ['moe_num_primary_experts']),
    uint('expert_used_count', ['moe_num_active_primary_experts']),
    uint('expert_feed_forward_length', ['moe_ffn_hidden_size']),
    uint('feed_forward_length', ['moe_ffn_hidden_size']),
    uint('expert_gating_func', ({ config }) =>
      config.boolean('moe_primary_router_apply_softmax') === true ? GATING.softmax : GATING.sigmoid,
    ),
    uint('attention.sliding_window', slidingWindow),
  ],
  tensors: ({ config }) => [
    stackExperts({
      marker: 'experts',
      count: config.number('moe_num_primary_experts') || config.count('num_local_experts', 'num_experts'),
      parts: ['down', 'gate', 'up'],
      source: (block, expert, part) => `model.layers.${block}.block_sparse_moe.experts.${expert}.${part}.weight`,
      target: (block, part) => `model.layers.${block}.block_sparse_moe.experts.${part}.weight`,
    }),
  ],
};

/** The window, when any layer has one. */
function slidingWindow({ config }: Model): number | undefined {
  const layout = config.numbers('sliding_window_layout') ?? [];
  return layout.some((layer) => layer !== 0) ? config.number('sliding_window_size') || undefined : undefined;
}
