import type { Values } from '../config/config-values.js';
import { SlipwayError } from '../../core/index.js';
import { mapValues, product, reshape, singleExp } from '../expressions/index.js';
import { blockOf, ggufBlock } from '../names/name-map.js';
import { mlpExperts } from './experts.js';
import type { Family, Key, Model, TensorRule } from './family.js';
import { bool, float, integers, uint } from './keys.js';
import { convolutions, expandedParts } from './kimi-linear.js';
import { change } from './tensor-rules.js';
import { textKeys } from './text-keys.js';

/** Ling 3: gated delta attention in most layers, gated latent attention in the others and in those that predict further tokens. */
export const bailingMoe3: Family = {
  names: ['BailingMoeV3ForCausalLM'],
  gguf: 'bailingmoe3',
  draft: { shared: new Set(['model.word_embeddings.weight', 'model.norm.weight', 'lm_head.weight']) },
  vocabulary: 'bpe',
  adjust: checkedForm,
  blockCount: (config) => config.count('num_hidden_layers') + (config.number('num_nextn_predict_layers') ?? 0),
  keys: [
    textKeys,
    ({ config, blockCount }) => {
      const heads = Array.from({ length: blockCount }, (_, block) => (attendsFully(config, block) ? 1 : 0));
      return [['attention.head_count_kv', integers('attention.head_count_kv', heads)]];
    },
    uint('vocab_size', ({ config }) => config.count('vocab_size')),
    uint('ssm.conv_kernel', ({ config }) => config.count('short_conv_kernel_size')),
    uint('kda.head_dim', ({ config }) => config.count('head_dim')),
    bool('kda.safe_gate', ({ config }) => config.boolean('kda_safe_gate')),
    float('kda.gate_lower_bound', ({ config }) => config.need('kda_lower_bound')),
    uint('attention.q_lora_rank', ['q_lora_rank']),
    uint('attention.kv_lora_rank', ({ config }) => config.count('kv_lora_rank')),
    uint('rope.dimension_count', ({ config }) => config.count('qk_rope_head_dim')),
    uint('attention.key_length', ({ config }) => config.count('kv_lora_rank') + config.count('qk_rope_head_dim')),
    uint(
      'attention.key_length_mla',
      ({ config }) => config.count('qk_nope_head_dim') + config.count('qk_rope_head_dim'),
    ),
    uint('attention.value_length_mla', ({ config }) => config.count('v_head_dim')),
    uint('expert_feed_forward_length', ({ config }) => config.count('moe_intermediate_size')),
    uint('expert_shared_feed_forward_length', ({ config }) => config.count('moe_shared_expert_intermediate_size')),
    uint('expert_shared_count', ({ config }) => config.number('num_shared_experts') ?? 1),
    uint('leading_dense_block_count', ({ config }) => config.count('first_k_dense_replace')),
    float('expert_weights_scale', ({ config }) => config.need('routed_scaling_factor')),
    bool('expert_weights_norm', ({ config }) => config.boolean('norm_topk_prob')),
    (model) => clamps(model, 'swiglu_clamp_exp', 'expert_swiglu_limit_list'),
    (model) => clamps(model, 'swiglu_clamp_shexp', 'share_expert_swiglu_limit_list'),
    uint('nextn_predict_layers', ({ config }) => config.number('num_nextn_predict_layers') || undefined),
  ],
  rename: (name) => name.replace(/\.expert_bias$/, '.expert_bias.bias').replace(/\.dt_bias$/, '.dt_proj.bias'),
  tensors: (model) => [
    convolutions(),
    change(['.A_log'], (tensor) => reshape(mapValues(tensor, singleExp), [product(tensor.shape), 1])),
    ...projections(model),
    ...mlpExperts(model, 'num_experts'),
  ],
};

/** The language model of Ling 3 VL, whose positions have three dimensions. */
export const bailingMoe3Vl: Family = {
  ...bailingMoe3,
  names: ['BailingMoeV3VLForConditionalGeneration'],
  keys: [
    ...bailingMoe3.keys,
    ({ config }) => {
      const sections = config.numbers('mrope_section')?.slice(0, 3);
      if (sections === undefined) throw config.missing('mrope_section');
      return [['rope.dimension_sections', integers('rope.dimension_sections', [...sections, 0])]];
    },
  ],
  rename: (name, model) => (name.startsWith('linear_proj') ? undefined : bailingMoe3.rename?.(name, model)),
};

function checkedForm(config: Values): Values {
  const fits =
    config.boolean('no_kda_lora') === true &&
    config.boolean('kda_safe_gate') === true &&
    config.string('gated_attention_proj_granularity_type') === 'head_wise';
  if (!fits) {
    throw new SlipwayError('ARCH_UNSUPPORTED', 'this form of Ling 3 cannot be converted', {
      where: 'config.json: no_kda_lora, kda_safe_gate, gated_attention_proj_granularity_type',
      try: 'llama.cpp knows projections without LoRA, safe gates, and one gate a head',
    });
  }
  return config.with([['num_key_value_heads', 1]]);
}

/** Every so many layers one attends to everything, and so do those behind the last whole group. */
function attendsFully(config: Values, block: number): boolean {
  const [layers, group] = [config.count('num_hidden_layers'), Math.max(1, config.count('layer_group_size'))];
  return block >= layers || (block + 1) % group === 0 || block >= Math.floor(layers / group) * group;
}

function* clamps({ config, blockCount }: Model, name: string, key: string): Iterable<Key> {
  const limits = config.find(key);
  if (!Array.isArray(limits)) return;
  const value = Array.from({ length: blockCount }, (_, block) => Number(limits[block] ?? 0));
  yield [name, { type: 'ARRAY', items: 'FLOAT32', value }];
}

function projections({ config }: Model): readonly TensorRule[] {
  return [
    {
      takes: (name) => name.endsWith('.attention.f_proj.weight'),
      apply: ({ name, tensor }) => [{ name: `${ggufBlock(name)}.ssm_f_a.weight`, tensor, final: true }],
    },
    {
      takes: (name) => name.endsWith('.attention.g_proj.weight'),
      apply: ({ name, tensor }) => {
        const part = attendsFully(config, blockOf(name) ?? 0) ? 'attn_gate' : 'ssm_g_a';
        return [{ name: `${ggufBlock(name)}.${part}.weight`, tensor, final: true }];
      },
    },
    {
      takes: (name) => name.endsWith('.attention.kv_b_proj.weight'),
      apply: ({ name, tensor }) => {
        const [keys, values] = [config.count('qk_nope_head_dim'), config.count('v_head_dim')];
        const [keyPart, valuePart] = expandedParts(tensor, config.count('num_attention_heads'), keys, values);
        return [
          { name: `${ggufBlock(name)}.attn_k_b.weight`, tensor: keyPart, final: true },
          { name: `${ggufBlock(name)}.attn_v_b.weight`, tensor: valuePart, final: true },
        ];
      },
    },
  ];
}
