import type { Values } from '../config/config-values.js';
import { reshape, transpose } from '../expressions/index.js';
import { blockOf } from '../names/name-map.js';
import type { Family, KeyRule, Model } from './family.js';
import { fileType, float, uint } from './keys.js';
import {
  authorsName,
  fuse,
  fused,
  lowRank,
  reordered,
  rescaled,
  squeezeAll,
  vectors,
  withEnding,
} from './rwkv-tensors.js';
import { change, drop } from './tensor-rules.js';

/** RWKV has no limit; this is what is written for one. */
const CONTEXT = 2 ** 20;

const width = ({ config }: Model): number => config.count('hidden_size');

const commonKeys: readonly KeyRule[] = [
  uint('context_length', () => CONTEXT),
  uint('embedding_length', width),
  uint('block_count', (model) => model.blockCount),
];

/** RWKV 6 (Finch). */
export const rwkv6: Family = {
  names: ['Rwkv6ForCausalLM'],
  gguf: 'rwkv6',
  vocabulary: 'rwkv',
  keys: [
    ...commonKeys,
    float('attention.layer_norm_epsilon', ({ config }) => config.need('layer_norm_epsilon')),
    uint('rescale_every_n_layers', ({ config }) => config.count('rescale_every')),
    uint('wkv.head_size', ({ config }) => config.count('head_size')),
    uint('time_mix_extra_dim', (model) => (width(model) === 4096 ? 64 : 32)),
    uint('time_decay_extra_dim', (model) => (width(model) === 4096 ? 128 : 64)),
    uint('feed_forward_length', (model) => feedForward(model.config, Math.floor((width(model) * 3.5) / 32) * 32)),
    fileType,
    uint('attention.head_count', () => 0),
  ],
  rename: withEnding,
  tensors: ({ config }) => [
    change(['.time_maa_w1.weight', '.time_maa_w2.weight', '.time_decay_w1.weight', '.time_decay_w2.weight'], transpose),
    change(
      ['time_decay.weight', ...['x', 'w', 'k', 'v', 'r', 'g'].map((part) => `.time_maa_${part}.weight`)],
      squeezeAll,
    ),
    change(['.attention.output.weight', '.feed_forward.value.weight'], (tensor, name) =>
      rescaled(tensor, blockOf(name) ?? 0, config.number('rescale_every') ?? 0),
    ),
    fuse(['w', 'k', 'v', 'r', 'g'], /\.(?:attention|self_attn)\.time_maa_([wkvrg])\.weight$/, (tensor) =>
      reshape(tensor, [1, 1, ...tensor.shape]),
    ),
  ],
};

/** RWKV 7 (Goose), with the tensor names of the model's authors or of flash-linear-attention. */
export const rwkv7: Family = {
  names: ['Rwkv7ForCausalLM', 'RWKV7ForCausalLM'],
  gguf: 'rwkv7',
  vocabulary: 'rwkv',
  keys: [
    ...commonKeys,
    float('attention.layer_norm_epsilon', ({ config }) => config.need('layer_norm_epsilon', 'norm_eps')),
    uint('wkv.head_size', ({ config }) => config.count('head_size', 'head_dim')),
    uint('attention.decay_lora_rank', rank('lora_rank_decay', 'decay_low_rank_dim', 0.5, 1.8)),
    uint('attention.iclr_lora_rank', rank('lora_rank_iclr', 'a_low_rank_dim', 0.5, 1.8)),
    uint('attention.value_residual_mix_lora_rank', rank('lora_rank_value_residual_mix', 'v_low_rank_dim', 0.5, 1.3)),
    uint('attention.gate_lora_rank', rank('lora_rank_gate', 'gate_low_rank_dim', 0.8, 0.6)),
    uint('feed_forward_length', (model) => feedForward(model.config, 4 * width(model))),
    fileType,
    uint('attention.head_count', () => 0),
  ],
  rename: (name) => withEnding(authorsName(name)),
  tensors: ({ config }) => {
    const parts = config.boolean('wkv_has_gate') === false ? 'rwkva' : 'rwkvag';
    return [
      drop(...[0, 1, 2].map((part) => `.layers.0.attention.v${part}.weight`)),
      fused(parts.length),
      fuse(parts.split(''), /\.attention\.x_([rwkvag])\.weight$/, (tensor) => tensor),
      lowRank(),
      { takes: (name) => !name.includes('.attention.x_'), apply: ({ name, tensor }) => vectors(name, tensor) },
    ];
  },
};

/** RWKV 6 in the place of Qwen2's attention. */
export const rwkv6qwen2: Family = {
  ...rwkv6,
  names: ['RWKV6Qwen2ForCausalLM'],
  gguf: 'rwkv6qwen2',
  vocabulary: 'sentencepiece-or-bpe',
  keys: [
    ...commonKeys,
    uint('wkv.head_size', (model) => Math.floor(width(model) / Math.max(1, model.config.count('num_attention_heads')))),
    uint(
      'time_mix_extra_dim',
      (model) => model.config.number('lora_rank_tokenshift') ?? (width(model) >= 4096 ? 64 : 32),
    ),
    uint(
      'time_decay_extra_dim',
      (model) => model.config.number('lora_rank_decay') ?? (width(model) >= 4096 ? 128 : 64),
    ),
    uint('feed_forward_length', ({ config }) => config.count('intermediate_size')),
    fileType,
    float('attention.layer_norm_rms_epsilon', ({ config }) => config.need('rms_norm_eps')),
    uint('token_shift_count', () => 1),
    uint('attention.head_count_kv', ({ config }) => config.count('num_key_value_heads')),
    uint('attention.head_count', () => 0),
  ],
  tensors: (model) => [
    ...(rwkv6.tensors?.(model) ?? []),
    change(['.time_maa_w1.weight', '.time_maa_w2.weight'], reordered),
  ],
};

/** RWKV 7 in the place of Qwen2's attention. */
export const arwkv7: Family = {
  ...rwkv7,
  names: ['RwkvHybridForCausalLM'],
  gguf: 'arwkv7',
  vocabulary: 'sentencepiece-or-bpe',
  keys: [
    ...commonKeys,
    float('attention.layer_norm_rms_epsilon', ({ config }) => config.need('rms_norm_eps')),
    uint('wkv.head_size', ({ config }) => config.count('head_size')),
    uint('attention.decay_lora_rank', () => 64),
    uint('attention.iclr_lora_rank', () => 64),
    uint('attention.value_residual_mix_lora_rank', () => 32),
    uint('attention.gate_lora_rank', ({ config }) => (config.boolean('wkv_has_gate') === true ? 128 : 0)),
    uint('feed_forward_length', ({ config }) => config.count('intermediate_size')),
    fileType,
    uint('token_shift_count', () => 1),
    uint('attention.head_count', () => 0),
  ],
};

function feedForward(config: Values, usual: number): number {
  return config.number('intermediate_size') ?? usual;
}

/** The rank of a low-rank pair: as given, or from the width when the configuration has a null. */
function rank(name: string, other: string, exponent: number, multiplier: number): (model: Model) => number {
  return (model) => {
    const { config } = model;
    if (!config.has(name) && !config.has(other)) throw config.missing(name, other);
    const exact = (width(model) ** exponent * multiplier) / 32;
    return config.number(name, other) ?? Math.max(1, roundHalfToEven(exact)) * 32;
  };
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  return value - floor === 0.5 ? floor + (floor % 2) : Math.round(value);
}
