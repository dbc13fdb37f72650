import { mlpExperts } from './experts.js';
import type { Family, Model } from './family.js';
import { float, uint } from './keys.js';
import { stackExperts } from './tensor-rules.js';
import { textKeys } from './text-keys.js';

/** Experts that share an adjugate expert. */
const EXPERTS_PER_GROUP = 2;

/** GroveMoE: experts in groups of two, each group with a small expert of its own. */
export const grovemoe: Family = {
  names: ['GroveMoeForCausalLM', 'modeling_grove_moe.GroveMoeForCausalLM'],
  gguf: 'grovemoe',
  vocabulary: 'bpe',
  keys: [
    textKeys,
    uint('expert_feed_forward_length', ['moe_intermediate_size']),
    uint('expert_chunk_feed_forward_length', ({ config }) => config.number('head_dim') || 128),
    uint('experts_per_group', () => EXPERTS_PER_GROUP),
    float('expert_group_scale', () => 0.05),
  ],
  rename: (name) => (name.endsWith('.expert_bias') ? undefined : name),
  tensors: (model) => [groupExperts(model), ...mlpExperts(model, 'num_local_experts', 'num_experts')],
};

function groupExperts({ config }: Model): ReturnType<typeof stackExperts> {
  return stackExperts({
    marker: 'chunk_experts',
    count: Math.floor(config.count('num_local_experts', 'num_experts') / EXPERTS_PER_GROUP),
    parts: ['down_proj', 'gate_proj', 'up_proj'],
    source: (block, expert, part) => `model.layers.${block}.mlp.chunk_experts.${expert}.${part}.weight`,
    target: (block, part) => `model.layers.${block}.mlp.chunk_experts.${part}.weight`,
  });
}
