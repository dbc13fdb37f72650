import { SlipwayError } from '../../core/index.js';
import type { Values } from '../config/config-values.js';
import { mapValues } from '../expressions/index.js';
import { blockOf } from '../names/name-map.js';
import { deepseek2, indexerKeys, latentTensors } from './deepseek.js';
import type { Family, Model, TensorRule } from './family.js';
import { bools, uint } from './keys.js';
import { expandedParts } from './kimi-linear.js';
import { change } from './tensor-rules.js';

const PREDICTION_EMBEDDING = 'model.mtp.embed_tokens.weight';

/** What the reference takes of each of these; a key that is absent has it. */
const FORM: readonly (readonly [key: string, value: string | number | boolean])[] = [
  ['use_dsa', true],
  ['normalization', 'RMSNorm'],
  ['final_norm', 'RMSNorm'],
  ['k_rope_only_layernorm', true],
  ['topk_method', 'noaux_tc'],
  ['n_group', 1],
  ['topk_group', 1],
  ['use_dynamic_rsf', false],
  ['moe_gating_fp32', false],
  ['attention_gate_type', 'headwise'],
  ['swa_attention_gate_type', 'headwise'],
];

/** dots3 note: latent attention of two shapes, within a window and with an indexer. */
export const dots3: Family = {
  ...deepseek2,
  names: ['Dots3NoteForCausalLM', 'Dots3NoteForConditionalGeneration', 'Dots3NoteTextForCausalLM'],
  gguf: 'dots3note',
  draft: {},
  vocabulary: 'bpe',
  special: [{ role: 'eot', token: '<|endofassistant|>' }],
  adjust: (config) => {
    checkForm(config);
    return (deepseek2.adjust?.(config) ?? config).with([['head_dim', null]]);
  },
  blockCount: (config, tensorNames) =>
    config.count('num_hidden_layers') + ([...tensorNames].includes(PREDICTION_EMBEDDING) ? 1 : 0),
  keys: [
    (model) =>
      deepseek2.keys.flatMap((rule) => [...rule({ ...model, config: model.config.with([headsByLayer(model)]) })]),
    uint('attention.sliding_window', ({ config }) => config.count('sliding_window_size')),
    bools('attention.sliding_window_pattern', (model) =>
      ownLayers(model).map((layer) => isWindowed(model.config, layer)),
    ),
    uint('attention.kv_lora_rank_swa', ({ config }) => config.count('swa_kv_lora_rank')),
    uint(
      'attention.key_length_swa',
      ({ config }) => config.count('swa_kv_lora_rank') + config.count('swa_qk_rope_head_dim'),
    ),
    uint('attention.value_length_swa', ({ config }) => config.count('swa_kv_lora_rank')),
    uint(
      'attention.key_length_mla_swa',
      ({ config }) => config.count('swa_qk_nope_head_dim') + config.count('swa_qk_rope_head_dim'),
    ),
    uint('attention.value_length_mla_swa', ({ config }) => config.count('swa_v_head_dim')),
    uint('nextn_predict_layers', (model) => model.blockCount - model.config.count('num_hidden_layers') || undefined),
    indexerKeys,
    bools('attention.indexer.types', (model) => ownLayers(model).map((layer) => !isWindowed(model.config, layer))),
  ],
  rename: (name, { config }) => {
    if (name.startsWith('vision_encoder.') || name.startsWith('audio_encoder.')) return undefined;
    return name === PREDICTION_EMBEDDING
      ? `model.layers.${config.count('num_hidden_layers')}.embed_tokens.weight`
      : name;
  },
  tensors: (model) => [...rescaledNorms(model), expanded(model), ...latentTensors(model)],
};

function checkForm(config: Values): void {
  const other = FORM.find(([key, value]) => (config.find(key) ?? value) !== value);
  const scoring = config.string('scoring_func');
  if (other === undefined && scoring === 'sigmoid') return;
  throw new SlipwayError('ARCH_UNSUPPORTED', 'this form of dots3 cannot be converted', {
    where: `config.json: ${other?.[0] ?? 'scoring_func'}`,
    got: JSON.stringify(config.find(other?.[0] ?? 'scoring_func') ?? null).slice(0, 100),
    try: `llama.cpp knows ${JSON.stringify(other?.[1] ?? 'sigmoid')} alone`,
  });
}

function ownLayers({ config }: Model): readonly number[] {
  return Array.from({ length: config.count('num_hidden_layers') }, (_, layer) => layer);
}

/** The layer that predicts further tokens has a window, too. */
function isWindowed(config: Values, layer: number): boolean {
  return layer >= config.count('num_hidden_layers') || config.strings('layer_types')?.[layer] === 'sliding_attention';
}

function headsByLayer({ config, blockCount }: Model): readonly ['num_attention_heads', readonly number[]] {
  const heads = Array.from({ length: blockCount }, (_, layer) =>
    config.count(isWindowed(config, layer) ? 'swa_num_attention_heads' : 'num_attention_heads'),
  );
  return ['num_attention_heads', heads];
}

/** Where activations are scaled by the root of width over rank, the norm in front takes the factor in. */
function rescaledNorms({ config }: Model): readonly TensorRule[] {
  if (config.boolean('apply_mla_qkv_lora_rescale') !== true) return [];
  const width = config.count('hidden_size');
  const scaled = (ending: string, rank: (layer: number) => number): TensorRule =>
    change([ending], (tensor, name) => {
      const factor = Math.fround(Math.sqrt(width / rank(blockOf(name) ?? 0)));
      return mapValues(tensor, (value) => Math.fround(value * factor));
    });
  return [
    scaled('q_a_layernorm.weight', () => config.count('q_lora_rank')),
    scaled('kv_a_layernorm.weight', (layer) =>
      config.count(isWindowed(config, layer) ? 'swa_kv_lora_rank' : 'kv_lora_rank'),
    ),
  ];
}

function expanded({ config }: Model): TensorRule {
  return {
    takes: (name) => name.endsWith('kv_b_proj.weight'),
    apply: ({ name, tensor }) => {
      const prefix = isWindowed(config, blockOf(name) ?? 0) ? 'swa_' : '';
      const count = (key: string): number => config.count(`${prefix}${key}`);
      const [keys, values] = expandedParts(
        tensor,
        count('num_attention_heads'),
        count('qk_nope_head_dim'),
        count('v_head_dim'),
      );
      return [
        { name: name.replace('kv_b_proj', 'k_b_proj'), tensor: keys, settled: true },
        { name: name.replace('kv_b_proj', 'v_b_proj'), tensor: values, settled: true },
      ];
    },
  };
}
