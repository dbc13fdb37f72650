import { reshape, splitAxis, transpose, wrongShape, type TensorExpression } from '../expressions/index.js';
import type { Values } from '../config/config-values.js';
import type { Family, Model, TensorRule } from './family.js';
import { float, integers, uint } from './keys.js';
import { decay } from './mamba.js';
import { change, stackExperts } from './tensor-rules.js';
import { textKeys } from './text-keys.js';

/** Kimi Linear: gated delta attention in most layers, latent attention in the others. */
export const kimiLinear: Family = {
  names: ['KimiLinearForCausalLM', 'KimiLinearModel'],
  gguf: 'kimi-linear',
  vocabulary: 'bpe-or-kimi',
  adjust: (config) =>
    config.with([
      ['num_key_value_heads', 1],
      ['expanded_key_value_heads', config.find('num_key_value_heads') ?? null],
    ]),
  keys: [
    textKeys,
    uint('vocab_size', ({ config }) => config.count('vocab_size')),
    (model) => [['attention.head_count_kv', integers('attention.head_count_kv', keyHeadsByLayer(model))]],
    uint('ssm.conv_kernel', ({ config }) => linear(config).number('short_conv_kernel_size')),
    uint('kda.head_dim', ({ config }) => linear(config).number('head_dim')),
    uint('attention.q_lora_rank', ['q_lora_rank', 'n_lora_q']),
    uint('attention.kv_lora_rank', latent),
    uint('rope.dimension_count', rotated),
    uint('attention.key_length', (model) => latent(model) + rotated(model)),
    uint('attention.key_length_mla', (model) => {
      const { config } = model;
      const plain = config.number('qk_nope_head_dim');
      return config.number('n_embd_head_k_mla') ?? (plain === undefined ? undefined : plain + rotated(model));
    }),
    uint(
      'attention.value_length_mla',
      ({ config }) => config.number('n_embd_head_v_mla') ?? config.number('v_head_dim'),
    ),
    uint('expert_feed_forward_length', ({ config }) => config.count('moe_intermediate_size')),
    uint('expert_shared_count', ({ config }) => config.count('num_shared_experts')),
    uint('leading_dense_block_count', ({ config }) => config.count('first_k_dense_replace')),
    float('expert_weights_scale', ({ config }) => config.need('routed_scaling_factor')),
  ],
  rename: (name) => name.replace(/\.dt_bias$/, '.dt_proj.bias'),
  tensors: (model) => [convolutions(), decay(), experts(model), expanded(model)],
};

function linear(config: Values): Values {
  const found = config.object('linear_attn_config');
  if (found === undefined) throw config.missing('linear_attn_config');
  return found;
}

function latent({ config }: Model): number {
  return config.count('kv_lora_rank', 'n_lora_kv');
}

function rotated({ config }: Model): number {
  return config.count('qk_rope_head_dim', 'n_rot');
}

/** The configuration counts layers from one. */
function keyHeadsByLayer({ config }: Model): readonly number[] {
  const full = new Set(linear(config).numbers('full_attn_layers') ?? []);
  return Array.from({ length: config.count('num_hidden_layers') }, (_, layer) => (full.has(layer + 1) ? 1 : 0));
}

/** Convolutions over time, in the four dimensions that ggml wants them in. */
export function convolutions(): TensorRule {
  return change(['.q_conv1d.weight', '.k_conv1d.weight', '.v_conv1d.weight'], (tensor) =>
    reshape(tensor, [1, tensor.shape[0] ?? 0, 1, tensor.shape.at(-1) ?? 0]),
  );
}

function experts({ config }: Model): TensorRule {
  const names: Readonly<Record<string, string>> = { w1: 'ffn_gate_exps', w2: 'ffn_down_exps', w3: 'ffn_up_exps' };
  const rule = stackExperts({
    marker: 'block_sparse_moe.experts',
    count: config.count('num_local_experts', 'num_experts'),
    parts: ['w1', 'w2', 'w3'],
    source: (block, expert, part) => `model.layers.${block}.block_sparse_moe.experts.${expert}.${part}.weight`,
    target: (block, part) => `blk.${block}.${names[part] ?? part}.weight`,
  });
  return { ...rule, apply: (named) => rule.apply(named).map((result) => ({ ...result, final: true })) };
}

/** The matrix that expands keys and values in two, the keys' part transposed. */
export function expandedParts(
  tensor: TensorExpression,
  heads: number,
  keys: number,
  values: number,
): readonly [keys: TensorExpression, values: TensorExpression] {
  const [rows = 0, columns = 0] = tensor.shape;
  if (rows !== heads * (keys + values)) throw wrongShape(tensor, `does not expand ${heads} heads`);
  const [keyPart, valuePart] = splitAxis(reshape(tensor, [heads, keys + values, columns]), 1, [keys, values]);
  if (keyPart === undefined || valuePart === undefined) throw wrongShape(tensor, 'does not expand keys and values');
  return [transpose(keyPart), valuePart];
}

function expanded({ config }: Model): TensorRule {
  return {
    takes: (name) => name.endsWith('kv_b_proj.weight'),
    apply: ({ name, tensor }) => {
      const [keys, values] = [config.count('qk_nope_head_dim'), config.count('n_embd_head_v_mla', 'v_head_dim')];
      const [keyPart, valuePart] = expandedParts(tensor, config.count('expanded_key_value_heads'), keys, values);
      return [
        { name: name.replace('kv_b_proj', 'k_b_proj'), tensor: keyPart },
        { name: name.replace('kv_b_proj', 'v_b_proj'), tensor: valuePart },
      ];
    },
  };
}
