import { SlipwayError } from '../../core/index.js';
import type { Values } from '../config/config-values.js';
import type { Key, KeyRule, Model } from './family.js';
import { all, constant, fileType, float, integers, uint, uintOrList, when } from './keys.js';

/**
 * The keys that every language model has, in the order of llama.cpp's `TextModel.set_gguf_parameters`: each is written
 * when the configuration has one of its names.
 */
export const textKeys: KeyRule = all(
  uint('block_count', (model) => model.blockCount),
  uint('context_length', [
    'max_position_embeddings',
    'n_ctx',
    'n_positions',
    'max_length',
    'max_sequence_length',
    'model_max_length',
  ]),
  uint('embedding_length', ['hidden_size', 'n_embd', 'dim']),
  uintOrList('feed_forward_length', [
    'prefix_dense_intermediate_size',
    'dense_intermediate_size',
    'intermediate_size',
    'n_inner',
    'hidden_dim',
  ]),
  uintOrList('attention.head_count', ['num_attention_heads', 'n_head', 'n_heads']),
  uintOrList('attention.head_count_kv', ['num_key_value_heads', 'n_kv_heads']),
  when(({ config }) => config.find('is_causal') === false, constant('attention.causal', false)),
  ropeKeys,
  float('attention.layer_norm_rms_epsilon', ['rms_norm_eps', 'norm_eps']),
  float('attention.layer_norm_epsilon', ['layer_norm_eps', 'layer_norm_epsilon', 'norm_epsilon']),
  uint('expert_count', ['num_local_experts', 'num_experts', 'n_routed_experts']),
  uintOrList('expert_used_count', ['num_experts_per_tok', 'num_experts_per_token', 'top_k_experts']),
  uint('expert_group_count', ['n_group']),
  uint('expert_group_used_count', ['topk_group']),
  uint('expert_gating_func', gatingFunction),
  uint('attention.key_length', ['head_dim']),
  uint('attention.value_length', ['head_dim']),
  fileType,
);

/** ggml's numbers of the functions that weigh experts. */
export const GATING: Readonly<Record<'softmax' | 'sigmoid' | 'sqrtsoftplus', number>> = {
  softmax: 1,
  sigmoid: 2,
  sqrtsoftplus: 4,
};

function gatingFunction({ config }: Model): number | undefined {
  const name = config.string(
    'score_function',
    'scoring_func',
    'score_func',
    'moe_router_activation',
    'moe_router_activation_func',
    'expert_selection_fn',
  );
  if (name === undefined) return undefined;
  if (name === 'softmax' || name === 'sigmoid' || name === 'sqrtsoftplus') return GATING[name];
  throw new SlipwayError('ARCH_UNSUPPORTED', `experts cannot be weighed by '${name.slice(0, 80)}'`, {
    where: 'config.json',
    try: `ggml knows ${Object.keys(GATING).join(', ')}`,
  });
}

/** What the configuration says for layers with full attention, where it tells kinds of layers apart. */
export function fullAttentionRope(rope: Values): Values {
  return rope.object('full_attention') ?? rope;
}

function* ropeKeys(model: Model): Iterable<Key> {
  const rope = fullAttentionRope(model.rope);
  yield* ropeScalingKeys(rope);
  const sections = model.rope.numbers('mrope_section');
  if (sections !== undefined) {
    const padded = [...sections, 0, 0, 0, 0].slice(0, 4);
    yield ['rope.dimension_sections', integers('rope.dimension_sections', padded)];
  }
  yield* floatKey('rope.freq_base', rope.number('rope_theta'));
  yield* floatKey('rope.freq_base_swa', model.rope.object('sliding_attention')?.number('rope_theta'));
}

function* ropeScalingKeys(rope: Values): Iterable<Key> {
  const type = rope.string('rope_type');
  if (type === 'su' || type === 'longrope') yield textKey('rope.scaling.type', 'longrope');
  if (type !== 'linear' && type !== 'yarn') return;
  const factor = rope.number('factor');
  if (factor === undefined) return;
  yield textKey('rope.scaling.type', type);
  yield* floatKey('rope.scaling.factor', factor);
  if (type === 'linear') return;
  const original = rope.count('original_max_position_embeddings');
  yield ['rope.scaling.original_context_length', { type: 'UINT32', value: original }];
  yield* floatKey('rope.scaling.yarn_ext_factor', rope.number('extrapolation_factor'));
  yield* floatKey('rope.scaling.yarn_attn_factor', rope.number('attention_factor', 'attn_factor'));
  yield* floatKey('rope.scaling.yarn_beta_fast', rope.number('beta_fast'));
  yield* floatKey('rope.scaling.yarn_beta_slow', rope.number('beta_slow'));
}

function textKey(name: string, value: string): Key {
  return [name, { type: 'STRING', value }];
}

function* floatKey(name: string, value: number | undefined): Iterable<Key> {
  if (value !== undefined) yield [name, { type: 'FLOAT32', value }];
}
