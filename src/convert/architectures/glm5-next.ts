import { SlipwayError } from '../../core/index.js';
import type { Values } from '../config/config-values.js';
import { mapValues, narrow, product, reshape, singleExp, widen, type TensorExpression } from '../expressions/index.js';
import { indexerKeys } from './deepseek.js';
import { mlpExperts } from './experts.js';
import type { Family, KeyRule, Model, TensorRule } from './family.js';
import { GLM_SPECIAL } from './glm4.js';
import { bool, bools, float, integers, uint } from './keys.js';
import { convolutions, expandedParts } from './kimi-linear.js';
import { change, drop } from './tensor-rules.js';
import { textKeys } from './text-keys.js';

/** GLM 5 Next: gated delta attention in most layers, latent attention with an indexer in the others. */
export const glm5Next: Family = {
  names: ['Glm5NextForConditionalGeneration'],
  gguf: 'glm5-next',
  draft: {},
  vocabulary: 'bpe',
  special: GLM_SPECIAL,
  adjust: checkedForm,
  blockCount: (config) => config.count('num_hidden_layers') + (config.number('num_nextn_predict_layers') ?? 0),
  keys: [
    textKeys,
    ({ config, blockCount }) => {
      const types = config.strings('layer_types') ?? [];
      const heads = Array.from({ length: blockCount }, (_, layer) => (types[layer] === 'linear_attention' ? 0 : 1));
      return [['attention.head_count_kv', integers('attention.head_count_kv', heads)]];
    },
    uint('vocab_size', ({ config }) => config.count('vocab_size')),
    float('attention.layer_norm_epsilon', () => 1e-6),
    uint('nextn_predict_layers', ({ config }) => config.number('num_nextn_predict_layers') || undefined),
    uint('ssm.conv_kernel', ({ config }) => linear(config).count('short_conv_kernel_size')),
    uint('kda.head_dim', ({ config }) => linear(config).count('head_dim')),
    float('kda.gate_lower_bound', ({ config }) => linear(config).number('gate_lower_bound')),
    uint('attention.q_lora_rank', ({ config }) => config.count('q_lora_rank')),
    uint('attention.kv_lora_rank', ({ config }) => config.count('kv_lora_rank')),
    uint('rope.dimension_count', () => 0),
    uint('attention.key_length', ({ config }) => config.count('kv_lora_rank')),
    uint('attention.value_length', ({ config }) => config.count('kv_lora_rank')),
    uint('attention.key_length_mla', ({ config }) => config.count('qk_nope_head_dim')),
    uint('attention.value_length_mla', ({ config }) => config.count('v_head_dim')),
    indexerKeys,
    uint('attention.indexer.kpool', ({ config }) => config.count('index_kpool')),
    bool('attention.indexer.kpool_select_tail', ({ config }) => config.flag('index_kpool_always_select_tail', true)),
    bools('attention.indexer.types', ({ config }) => config.strings('indexer_types')?.map((type) => type === 'full')),
    uint('hyper_connection.count', ({ config }) => config.count('hc_mult')),
    uint('hyper_connection.sinkhorn_iterations', ({ config }) => config.count('hc_sinkhorn_iters')),
    float('hyper_connection.epsilon', ({ config }) => config.need('hc_eps')),
    uint('leading_dense_block_count', ({ config }) => config.count('first_k_dense_replace')),
    uint('expert_feed_forward_length', ({ config }) => config.count('moe_intermediate_size')),
    uint('expert_shared_count', ({ config }) => config.count('n_shared_experts')),
    float('expert_weights_scale', ({ config }) => config.need('routed_scaling_factor')),
    bool('expert_weights_norm', ({ config }) => config.boolean('norm_topk_prob')),
    clamps('swiglu_clamp_exp'),
    clamps('swiglu_clamp_shexp'),
  ],
  rename: (name) => {
    if (/\.(?:hc_(?:attn|ffn)_(?:fn|base|scale)|index_kpool_compress_(?:ape|gate))$/.test(name))
      return `${name}.weight`;
    return name.replace(/\.dt_bias$/, '.dt_proj.bias');
  },
  tensors: (model) => [
    ...(model.config.boolean('tie_word_embeddings') === true ? [drop('lm_head.weight')] : []),
    ...mlpExperts(model, 'n_routed_experts'),
    expanded(model),
    convolutions(),
    change(['.A_log'], (tensor) => decays(tensor, model.config.count('num_attention_heads'))),
  ],
  force: (name) =>
    /^blk\.|^output_hc/.test(name) && /hc_attn_|hc_ffn_|indexer_compressor_|ssm_a|ssm_dt|exp_probs_b/.test(name)
      ? 'F32'
      : undefined,
};

function checkedForm(config: Values): Values {
  const fits =
    config.boolean('mla_use_nope') === true &&
    config.number('qk_rope_head_dim') === 0 &&
    config.boolean('mhc') !== false;
  if (fits) return config.with([['head_dim', null]]);
  throw new SlipwayError('ARCH_UNSUPPORTED', 'this form of GLM 5 Next cannot be converted', {
    where: 'config.json: mla_use_nope, qk_rope_head_dim, mhc',
    try: 'llama.cpp knows latent attention without rotation, and hyper-connections',
  });
}

function linear(config: Values): Values {
  const found = config.object('linear_attn_config');
  if (found === undefined) throw config.missing('linear_attn_config');
  return found;
}

function clamps(name: string): KeyRule {
  return ({ config, blockCount }) => {
    const limit = config.number('swiglu_limit');
    if (limit === undefined) return [];
    return [[name, { type: 'ARRAY', items: 'FLOAT32', value: Array.from({ length: blockCount }, () => limit) }]];
  };
}

function expanded({ config }: Model): TensorRule {
  return {
    takes: (name) => name.endsWith('kv_b_proj.weight'),
    apply: ({ name, tensor }) => {
      const [keys, values] = expandedParts(
        tensor,
        config.count('num_attention_heads'),
        config.count('qk_nope_head_dim'),
        config.count('v_head_dim'),
      );
      return [
        { name: name.replace('kv_b_proj', 'k_b_proj'), tensor: keys },
        { name: name.replace('kv_b_proj', 'v_b_proj'), tensor: values },
      ];
    },
  };
}

/** `-exp(A)` in single precision, of as many heads as there are. */
function decays(tensor: TensorExpression, heads: number): TensorExpression {
  const all = reshape(widen(tensor), [product(tensor.shape)]);
  return mapValues(narrow(all, 0, 0, Math.min(heads, product(tensor.shape))), (value) => -singleExp(value));
}
