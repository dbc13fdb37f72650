import { SlipwayError } from '../../core/index.js';
import {
  mapValues,
  narrow,
  reshape,
  product,
  singleExp,
  widen,
  zipValues,
  type TensorExpression,
} from '../expressions/index.js';
import { blockOf, ggufBlock } from '../names/name-map.js';
import { hasChatTemplate } from '../tokenizers/index.js';
import { KIMI_K3 } from '../tokenizers/templates/kimi-k3.js';
import type { Values } from '../config/config-values.js';
import type { Family, Model, TensorRule } from './family.js';
import { bool, float, integers, uint } from './keys.js';
import { packedExperts, plainExperts } from './kimi-k3-experts.js';
import { convolutions, expandedParts } from './kimi-linear.js';
import { GATING, textKeys } from './text-keys.js';

/** The language model of Kimi K3: Kimi Linear with residuals across layers, and experts in a narrower space. */
export const kimiK3: Family = {
  names: ['KimiK3ForConditionalGeneration'],
  gguf: 'kimi-k3',
  vocabulary: 'bpe-or-kimi',
  quantized: 'compressed-tensors/mxfp4-pack-quantized',
  packed: ({ quantization }) => quantization.weights.kind === 'packed',
  gather: async (repository) => ({ ownTemplate: await hasChatTemplate(repository) }),
  adjust: (config) =>
    checked(config).with([
      ['num_key_value_heads', 1],
      ['expanded_key_value_heads', config.find('num_key_value_heads') ?? null],
    ]),
  keys: [
    textKeys,
    uint('vocab_size', ({ config }) => config.count('vocab_size')),
    ({ config }) => {
      const heads = Array.from({ length: config.count('num_hidden_layers') }, (_, block) =>
        attends(config, block) ? 1 : 0,
      );
      return [['attention.head_count_kv', integers('attention.head_count_kv', heads)]];
    },
    uint('ssm.conv_kernel', ({ config }) => linear(config).count('short_conv_kernel_size')),
    uint('kda.head_dim', ({ config }) => linear(config).count('head_dim')),
    float('kda.gate_lower_bound', ({ config }) => linear(config).number('gate_lower_bound')),
    uint('attention.q_lora_rank', ['q_lora_rank']),
    uint('attention.kv_lora_rank', ({ config }) => config.count('kv_lora_rank')),
    uint('rope.dimension_count', ({ config }) => config.count('qk_rope_head_dim')),
    uint('attention.key_length', ({ config }) => config.count('kv_lora_rank') + config.count('qk_rope_head_dim')),
    uint('attention.value_length', ({ config }) => config.count('kv_lora_rank')),
    uint(
      'attention.key_length_mla',
      ({ config }) => config.count('qk_nope_head_dim') + config.count('qk_rope_head_dim'),
    ),
    uint('attention.value_length_mla', ({ config }) => config.count('v_head_dim')),
    uint('expert_feed_forward_length', ({ config }) => config.count('moe_intermediate_size')),
    uint('expert_shared_count', ({ config }) => config.count('num_shared_experts')),
    uint('leading_dense_block_count', ({ config }) => config.count('first_k_dense_replace')),
    float('expert_weights_scale', ({ config }) => config.need('routed_scaling_factor')),
    bool('expert_weights_norm', ['moe_renormalize']),
    uint('expert_gating_func', () => GATING.sigmoid),
    uint('expert_latent_length', ['routed_expert_hidden_size']),
    float('activation.situ_beta', ({ config }) => config.need('activation_situ_beta')),
    float('activation.situ_linear_beta', ({ config }) => config.need('activation_situ_linear_beta')),
    uint('attn_res.block_size', ({ config }) => config.count('attn_res_block_size')),
  ],
  lastKeys: [
    uint('tokenizer.ggml.eos_token_id', ['eos_token_id']),
    ({ gathered }) =>
      gathered.ownTemplate === true ? [] : [['tokenizer.chat_template', { type: 'STRING', value: KIMI_K3 }]],
  ],
  rename: (name, { quantization }) => {
    if (quantization.weights.kind === 'packed' && /\.weight_(?:packed|scale)$/.test(name)) return undefined;
    return name.replace(/\.dt_bias$/, '.dt_proj.bias');
  },
  finished: packedExperts,
  tensors: (model) => [
    residualScores(),
    convolutions(),
    decayOfHeads(model),
    gates(model),
    plainExperts(model),
    {
      takes: (name) => name.endsWith('kv_b_proj.weight'),
      apply: ({ name, tensor }) => {
        const { config } = model;
        const [keys, values] = [config.count('qk_nope_head_dim'), config.count('v_head_dim')];
        const [keyPart, valuePart] = expandedParts(tensor, config.count('expanded_key_value_heads'), keys, values);
        return [
          { name: name.replace('kv_b_proj', 'k_b_proj'), tensor: keyPart },
          { name: name.replace('kv_b_proj', 'v_b_proj'), tensor: valuePart },
        ];
      },
    },
  ],
};

/** The form that llama.cpp's converter knows. */
function checked(config: Values): Values {
  const fits =
    Boolean(config.find('mla_use_nope')) &&
    config.string('moe_router_activation_func') === 'sigmoid' &&
    config.string('hidden_act') === 'situ';
  if (fits) return config;
  throw new SlipwayError('ARCH_UNSUPPORTED', 'this form of Kimi K3 cannot be converted', {
    where: 'config.json: mla_use_nope, moe_router_activation_func, hidden_act',
    try: "llama.cpp knows attention without positions, experts weighed by 'sigmoid' and the activation 'situ'",
  });
}

function linear(config: Values): Values {
  const found = config.object('linear_attn_config');
  if (found === undefined) throw config.missing('linear_attn_config');
  return found;
}

/** The configuration counts layers from one. */
function attends(config: Values, block: number): boolean {
  return (linear(config).numbers('full_attn_layers') ?? []).includes(block + 1);
}

const RESIDUALS = /(self_attention_res|mlp_res|output_attn_res)_(norm|proj)\.weight$/;

/** A norm and a projection that are only used as their product become one vector, when both have been seen. */
function residualScores(): TensorRule {
  const halves = new Map<string, { readonly part: string; readonly name: string; readonly tensor: TensorExpression }>();
  return {
    takes: (name) => RESIDUALS.test(name),
    apply: ({ name, tensor }) => {
      const [, kind = '', part = ''] = RESIDUALS.exec(name) ?? [];
      const key = `${kind}.${blockOf(name) ?? ''}`;
      const other = halves.get(key);
      if (other === undefined) {
        halves.set(key, { part, name, tensor });
        return [];
      }
      halves.delete(key);
      const flat = [tensor, other.tensor].map((half) => widen(reshape(half, [product(half.shape)])));
      const fused = zipValues(flat, ([a = 0, b = 0], round) => round(a * b));
      return [{ name: scoreName(kind, name), tensor: fused, final: true }];
    },
    left: () => [...halves.values()].map(({ name }) => name),
  };
}

function scoreName(kind: string, name: string): string {
  if (kind === 'output_attn_res') return 'output_res_score.weight';
  return `${ggufBlock(name)}.${kind === 'mlp_res' ? 'ffn_res_score' : 'attn_res_score'}.weight`;
}

/** `-exp(A)` of as many heads as there are; the checkpoint may have more. */
function decayOfHeads({ config }: Model): TensorRule {
  return {
    takes: (name) => name.endsWith('.A_log'),
    apply: ({ name, tensor }) => {
      const heads = Math.min(config.count('num_attention_heads'), tensor.shape[0] ?? 0);
      const own = narrow(widen(tensor), 0, 0, heads);
      return [{ name, tensor: mapValues(own, (value) => -singleExp(value)) }];
    },
  };
}

/** One name for two things: the gate of linear attention, and of the outputs of full attention. */
function gates({ config }: Model): TensorRule {
  return {
    takes: (name) => name.endsWith('.self_attn.g_proj.weight'),
    apply: ({ name, tensor }) => {
      const part = attends(config, blockOf(name) ?? 0) ? 'attn_gate' : 'ssm_g';
      return [{ name: `${ggufBlock(name)}.${part}.weight`, tensor, final: true }];
    },
  };
}
