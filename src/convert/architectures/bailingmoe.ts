import type { Values } from '../config/config-values.js';
import { mlpExperts } from './experts.js';
import {
  computed,
  roundingOf,
  splitAxis,
  sumOf,
  unitColumns,
  type Round,
  type TensorExpression,
} from '../expressions/index.js';
import { ggufBlock } from '../names/name-map.js';
import type { Family, Model, TensorRule } from './family.js';
import { bool, float, uint } from './keys.js';
import { headDim } from './rope.js';
import { change, interleaveHeads } from './tensor-rules.js';
import { textKeys } from './text-keys.js';

/** Ling and Ring, whose projections of queries, keys and values are one matrix. */
export const bailingMoe: Family = {
  names: ['BailingMoeForCausalLM'],
  gguf: 'bailingmoe',
  vocabulary: 'bpe',
  keys: [
    textKeys,
    uint('rope.dimension_count', headDim),
    uint('leading_dense_block_count', ({ config }) => config.count('first_k_dense_replace')),
    uint('vocab_size', ({ config }) => config.count('vocab_size')),
    uint('expert_feed_forward_length', ({ config }) => config.count('moe_intermediate_size')),
    float('expert_weights_scale', () => 1),
    uint('expert_shared_count', ({ config }) => config.count('num_shared_experts')),
    bool('expert_weights_norm', ({ config }) => config.boolean('norm_topk_prob')),
  ],
  tensors: (model) => [
    {
      takes: (name) => name.endsWith('attention.dense.weight'),
      apply: ({ name, tensor }) => [{ name: `${ggufBlock(name)}.attn_output.weight`, tensor, final: true }],
    },
    dividedAttention(model),
    ...(model.config.boolean('norm_head') === true ? [change(['lm_head.weight'], unitColumns)] : []),
    ...mlpExperts(model, 'num_local_experts', 'num_experts'),
  ],
};

function dividedAttention(model: Model): TensorRule {
  const { config } = model;
  const [heads, keyHeads, length] = [
    config.count('num_attention_heads'),
    config.count('num_key_value_heads'),
    headDim(model),
  ];
  return {
    takes: (name) => name.endsWith('query_key_value.weight'),
    apply: ({ name, tensor }) => {
      const parts = splitAxis(tensor, -2, [heads * length, keyHeads * length, keyHeads * length]);
      const [query, key, value] = parts;
      if (query === undefined || key === undefined || value === undefined) return [];
      const block = ggufBlock(name);
      return [
        { name: `${block}.attn_q.weight`, tensor: interleaveHeads(query, heads), final: true },
        { name: `${block}.attn_k.weight`, tensor: interleaveHeads(key, keyHeads), final: true },
        { name: `${block}.attn_v.weight`, tensor: value, final: true },
      ];
    },
  };
}

/** Ling 2 and Ring 2, with the layers that predict further tokens. */
export const bailingMoe2: Family = {
  names: ['BailingMoeV2ForCausalLM'],
  gguf: 'bailingmoe2',
  vocabulary: 'bpe',
  blockCount: (config) => config.count('num_hidden_layers') + (config.number('num_nextn_predict_layers') ?? 0),
  keys: [
    textKeys,
    uint('rope.dimension_count', (model) =>
      Math.trunc(headDim(model) * (model.rope.number('partial_rotary_factor') ?? 0.5)),
    ),
    uint('leading_dense_block_count', ({ config }) => config.count('first_k_dense_replace')),
    uint('vocab_size', ['vocab_size']),
    uint('expert_feed_forward_length', ({ config }) => config.count('moe_intermediate_size')),
    uint('expert_shared_feed_forward_length', ({ config }) => sharedLength(config)),
    float('expert_weights_scale', ({ config }) => config.need('routed_scaling_factor')),
    uint('expert_shared_count', ({ config }) => config.count('num_shared_experts')),
    bool('expert_weights_norm', ({ config }) => config.boolean('norm_topk_prob')),
    uint('nextn_predict_layers', ['num_nextn_predict_layers']),
  ],
  rename: (name) => name.replace(/\.expert_bias$/, '.expert_bias.bias'),
  tensors: (model) => mlpExperts(model, 'num_local_experts', 'num_experts'),
};

function sharedLength(config: Values): number {
  return config.has('moe_shared_expert_intermediate_size')
    ? config.count('moe_shared_expert_intermediate_size')
    : config.count('moe_intermediate_size') * config.count('num_shared_experts');
}

/** Sarvam's mixture of experts: Ling 2 that rotates whole heads, and whose biases of experts have a mean of zero. */
export const sarvamMoe: Family = {
  ...bailingMoe2,
  names: ['SarvamMoEForCausalLM', 'modeling_sarvam_moe.SarvamMoEForCausalLM'],
  keys: [...bailingMoe2.keys, uint('rope.dimension_count', headDim)],
  tensors: (model) => [change(['.expert_bias.bias'], aroundZero), ...(bailingMoe2.tensors?.(model) ?? [])],
};

/** Differences from the mean; torch rounds both as the checkpoint's type. */
function aroundZero(tensor: TensorExpression): TensorExpression {
  const round: Round = roundingOf(tensor.dtype);
  return computed(tensor, tensor.shape, (values) => {
    const mean = round(Math.fround(sumOf(values) / values.length));
    return values.map((value) => round(value - mean));
  });
}
