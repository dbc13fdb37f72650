import { SlipwayError } from '../../core/index.js';
import type { JsonValue } from '../../files/index.js';
import type { Values } from '../config/config-values.js';
import { deepseek2 } from './deepseek.js';
import type { Family, Model } from './family.js';
import { all, float, text, uint } from './keys.js';
import { headDim, llama3RopeFactors } from './rope.js';
import { textKeys } from './text-keys.js';

/** The family of a repository in Mistral's own format, by its params.json (llama.cpp's `--mistral-format`). */
export function mistralFormatFamily(params: Values): Family {
  if (params.find('moe') !== undefined) return mixtureOfExperts;
  return params.has('llama_4_scaling') ? { ...dense, gguf: 'mistral3' } : dense;
}

const yarn = ({ config }: Model): Values | undefined => config.object('yarn');

/** What both kinds of model say about their context. */
const contextKeys = all(
  text('rope.scaling.type', (model) => (yarn(model) === undefined ? undefined : 'yarn')),
  float('rope.scaling.factor', (model) => yarn(model)?.need('factor')),
  float('rope.scaling.yarn_beta_fast', (model) => yarn(model)?.need('beta')),
  float('rope.scaling.yarn_beta_slow', (model) => yarn(model)?.need('alpha')),
  float('rope.scaling.yarn_log_multiplier', (model) => {
    const yarnScaling = yarn(model);
    if (yarnScaling === undefined) return undefined;
    if (!yarnScaling.has('apply_scale')) throw yarnScaling.missing('apply_scale');
    return yarnScaling.boolean('apply_scale') === true ? 0 : 1;
  }),
  uint('rope.scaling.original_context_length', originalContext),
  float('attention.temperature_scale', ({ config }) => config.object('llama_4_scaling')?.need('beta')),
);

function originalContext(model: Model): number | undefined {
  return yarn(model)?.count('original_max_position_embeddings');
}

/** Mistral's dense models: Llama with heads in ggml's order already. */
const dense: Family = {
  names: [],
  gguf: 'llama',
  vocabulary: 'mistral',
  adjust: scaledFloats,
  keys: [textKeys, uint('rope.dimension_count', headDim), contextKeys],
  extra: llama3RopeFactors,
};

/** Weights with scales, said as transformers says it. */
function scaledFloats(params: Values): Values {
  const quantization = params.object('quantization');
  if (quantization === undefined) return params;
  const format = quantization.string('qformat_weight') ?? 'unknown';
  if (format !== 'fp8_e4m3') {
    throw new SlipwayError('DTYPE_UNSUPPORTED', `weights in the format '${format.slice(0, 80)}' cannot be converted`, {
      where: 'params.json: quantization.qformat_weight',
      try: 'use the repository with the original 16-bit weights',
    });
  }
  return params.with([['quantization_config', { quant_method: 'fp8', weight_block_size: null }]]);
}

/** Names at the top of params.json and in transformers' configuration of DeepSeek V3. */
const TOP_NAMES: readonly (readonly [mistral: string, deepseek: string])[] = [
  ['dim', 'hidden_size'],
  ['norm_eps', 'rms_norm_eps'],
  ['n_kv_heads', 'num_key_value_heads'],
  ['n_layers', 'num_hidden_layers'],
  ['n_heads', 'num_attention_heads'],
  ['hidden_dim', 'intermediate_size'],
];

/** The same for what it says about experts. */
const EXPERT_NAMES: readonly (readonly [mistral: string, deepseek: string])[] = [
  ['route_every_n', 'moe_layer_freq'],
  ['first_k_dense_replace', 'first_k_dense_replace'],
  ['num_experts_per_tok', 'num_experts_per_tok'],
  ['num_experts', 'n_routed_experts'],
  ['expert_hidden_dim', 'moe_intermediate_size'],
  ['routed_scale', 'routed_scaling_factor'],
  ['num_shared_experts', 'n_shared_experts'],
  ['num_expert_groups', 'n_group'],
  ['num_expert_groups_per_tok', 'topk_group'],
];

/** The context of models that do not say theirs. */
const USUAL_CONTEXT = 128_000;

/** Mistral Large 3: DeepSeek V3 with other names. */
const mixtureOfExperts: Family = {
  ...deepseek2,
  names: [],
  vocabulary: 'mistral',
  adjust: (params) => {
    const named = params.with(renamed(params));
    return deepseek2.adjust?.(named) ?? named;
  },
  rename: expertName,
  keys: [
    ...deepseek2.keys,
    contextKeys,
    uint('attention.temperature_length', (model) => {
      const length = originalContext(model);
      if (length === undefined) throw model.config.missing('yarn');
      return length;
    }),
    float('rope.scaling.yarn_log_multiplier', () => 0.1),
  ],
};

function renamed(params: Values): readonly (readonly [string, JsonValue])[] {
  const experts = params.object('moe');
  const of = (values: Values | undefined, names: typeof TOP_NAMES): (readonly [string, JsonValue])[] =>
    names.flatMap(([own, name]) => (values?.has(own) === true ? [[name, values.find(own) ?? null] as const] : []));
  return [
    ...of(params, TOP_NAMES),
    ['tie_word_embeddings', params.find('tied_embeddings') ?? false],
    ['max_position_embeddings', params.number('max_position_embeddings') ?? USUAL_CONTEXT],
    ...of(experts, EXPERT_NAMES),
    ['norm_topk_prob', true],
    ['scoring_func', 'softmax'],
  ];
}

/** Names that DeepSeek's rules know. */
function expertName(name: string): string {
  const scales = name.replace(/\.qscale_act$/, '.input_scale').replace(/\.qscale_weight$/, '.weight_scale');
  const expanded = scales.replaceAll('.wkv_b.', '.kv_b_proj.');
  if (!expanded.includes('.experts.')) return expanded;
  const expert = expanded
    .replaceAll('.experts.', '.mlp.experts.')
    .replaceAll('.w1.', '.gate_proj.')
    .replaceAll('.w2.', '.down_proj.')
    .replaceAll('.w3.', '.up_proj.');
  return `model.${expert}`;
}
