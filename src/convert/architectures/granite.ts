import { gateAndUp } from './experts.js';
import type { Family, KeyRule } from './family.js';
import { all, float, uint } from './keys.js';
import { llama, llamaKeys, rotatedHeads } from './llama.js';

/** Llama's keys and four multipliers, which a zero leaves out. */
export const graniteKeys: KeyRule = all(
  llamaKeys,
  float('attention.scale', ({ config }) => config.number('attention_multiplier') || undefined),
  float('embedding_scale', ({ config }) => config.number('embedding_multiplier') || undefined),
  float('residual_scale', ({ config }) => config.number('residual_multiplier') || undefined),
  float('logit_scale', ({ config }) => config.number('logits_scaling') || undefined),
);

/** Granite 3, dense. A `head_dim` in the configuration is ignored. */
export const granite: Family = {
  ...llama,
  names: ['GraniteForCausalLM'],
  gguf: 'granite',
  keys: [graniteKeys],
  adjust: (config) => config.with([['head_dim', null]]),
  rename: (name) =>
    name.startsWith('encoder.') || name.includes('image_') || /(?:layerwise|spatial)_projectors/.test(name)
      ? undefined
      : name.replaceAll('text_model.', ''),
};

/** Granite 3 with experts, some of them shared. */
export const graniteMoe: Family = {
  ...granite,
  names: ['GraniteMoeForCausalLM', 'GraniteMoeSharedForCausalLM'],
  gguf: 'granitemoe',
  keys: [
    graniteKeys,
    uint('expert_shared_feed_forward_length', ({ config }) => config.number('shared_intermediate_size') || undefined),
  ],
  tensors: (model) => [
    ...rotatedHeads(model),
    gateAndUp('block_sparse_moe.input_linear', 'mlp.experts.gate_proj', 'mlp.experts.up_proj'),
    gateAndUp('shared_mlp.input_linear', 'mlp.shared_expert.gate_proj', 'mlp.shared_expert.up_proj'),
  ],
};
