import { ggufBlock } from '../names/name-map.js';
import { gateAndUp } from './experts.js';
import type { Family, KeyRule } from './family.js';
import { all, bools, float, uint } from './keys.js';
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

/** Granite whose layers see a window of the text, some of them without positions. */
export const graniteSwa: Family = {
  ...granite,
  names: ['GraniteSWAForCausalLM'],
  gguf: 'granite_swa',
  keys: [
    graniteKeys,
    uint('attention.sliding_window', ({ config }) => config.number('sliding_window') ?? 128),
    bools('attention.sliding_window_pattern', ({ config, blockCount }) => {
      const types = config.strings('layer_types') ?? [];
      return types.length > 0
        ? types.map((type) => type === 'sliding_attention')
        : Array.from({ length: blockCount }, (_, index) => index % 4 !== 0);
    }),
    bools('attention.rope_pattern', ({ config }) => {
      const rotated = config.numbers('no_rope_layers') ?? [];
      return rotated.length > 0 ? rotated.map((layer) => layer !== 0) : undefined;
    }),
  ],
  rename: (name, model) => granite.rename?.(name.endsWith('sinks') ? `${name}.weight` : name, model),
};

/** What such a model with experts calls its joined matrices, and what they stay as. */
const JOINED: ReadonlyMap<string, string> = new Map([
  ['block_sparse_moe.experts.gate_up_proj', 'ffn_gate_up_exps'],
  ['block_sparse_moe.experts.down_proj', 'ffn_down_exps'],
  ['block_sparse_moe.input_linear.weight', 'ffn_gate_up_exps'],
  ['shared_mlp.input_linear.weight', 'ffn_up_shexp'],
  ['shared_mlp.output_linear.weight', 'ffn_down_shexp'],
]);

/** The same with experts, whose gates stay joined with what goes up. */
export const graniteMoeSwa: Family = {
  ...graniteSwa,
  names: ['GraniteMoeSWAForCausalLM'],
  keys: [
    ...graniteSwa.keys,
    uint('expert_shared_feed_forward_length', ({ config }) => config.number('shared_intermediate_size') || undefined),
  ],
  tensors: (model) => [
    {
      takes: (name) => joined(name) !== undefined,
      apply: (named) => [
        { ...named, name: `${ggufBlock(named.name)}.${joined(named.name) ?? ''}.weight`, final: true },
      ],
    },
    ...rotatedHeads(model),
  ],
};

function joined(name: string): string | undefined {
  return [...JOINED].find(([ending]) => name.endsWith(ending))?.[1];
}
