import type { Values } from '../config/values.js';
import {
  concat,
  mapValues,
  narrow,
  permuteAxes,
  reshape,
  stack,
  transpose,
  type TensorExpression,
} from '../expressions/index.js';
import { blockOf } from '../names/name-map.js';
import type { Family, KeyRule, Model, TensorRule } from './family.js';
import { fileType, float, uint } from './keys.js';
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

/** Five parts side by side, whose order is r, k, v, w, g here and w, k, v, r, g in RWKV 6. */
function reordered(tensor: TensorExpression): TensorExpression {
  const parts = reshape(tensor, [5, -1, ...tensor.shape.slice(tensor.shape.length - 1)]);
  const sorted = [3, 1, 2, 0, 4].map((index) => narrow(parts, 0, index, 1));
  return reshape(concat(sorted), tensor.shape);
}

/** Names without the ending that all tensors of a GGUF have. */
function withEnding(name: string): string {
  return /\.(?:weight|bias)$/.test(name) ? name : `${name}.weight`;
}

/** The names of RWKV's authors for those of flash-linear-attention. */
function authorsName(name: string): string {
  return name
    .replaceAll('blocks', 'layers')
    .replaceAll('ffn', 'feed_forward')
    .replaceAll('self_attn', 'attention')
    .replaceAll('attn', 'attention')
    .replaceAll('time_mixer.', '')
    .replaceAll('feed_forward_norm', 'ln2')
    .replaceAll('g_norm', 'ln_x');
}

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

function squeezeAll(tensor: TensorExpression): TensorExpression {
  return reshape(
    tensor,
    tensor.shape.filter((dimension) => dimension !== 1),
  );
}

/** Halved once for every so many blocks, so that sixteen bits do not overflow. */
function rescaled(tensor: TensorExpression, block: number, every: number): TensorExpression {
  const divisor = every > 0 ? 2 ** Math.floor(block / every) : 1;
  return every > 0 ? mapValues(tensor, (value) => value / divisor) : tensor;
}

/** Collects a block's vectors of interpolation and stacks them when the last one has been seen. */
function fuse(
  parts: readonly string[],
  pattern: RegExp,
  shape: (tensor: TensorExpression) => TensorExpression,
): TensorRule {
  const blocks = new Map<number, Map<string, TensorExpression>>();
  return {
    takes: (name) => pattern.test(name),
    apply: ({ name, tensor }) => {
      const [block, part] = [blockOf(name) ?? 0, pattern.exec(name)?.[1] ?? ''];
      const seen = (blocks.get(block) ?? new Map<string, TensorExpression>()).set(part, shape(tensor));
      blocks.set(block, seen);
      const found = parts.flatMap((wanted) => seen.get(wanted) ?? []);
      if (found.length < parts.length) return [];
      blocks.delete(block);
      return [{ name: `blk.${block}.time_mix_lerp_fused.weight`, tensor: stack(found), final: true }];
    },
    left: () => [...blocks].flatMap(([block, seen]) => [...seen.keys()].map((part) => `block ${block}: ${part}`)),
  };
}

/** Vectors that a checkpoint has stacked already. */
function fused(count: number): TensorRule {
  return {
    takes: (name) => name.endsWith('.attention.x_x.weight'),
    apply: ({ name, tensor }) => {
      const stacked = reshape(tensor, [count, 1, 1, -1]);
      return [{ name: `blk.${blockOf(name) ?? 0}.time_mix_lerp_fused.weight`, tensor: stacked, final: true }];
    },
  };
}

/** Pairs of low rank: those of flash-linear-attention lie as ggml wants them, the authors' the other way round. */
function lowRank(): TensorRule {
  const foreign = /_lora\.lora\.(?:0\.weight|2\.weight|2\.bias)$/;
  const own = /\.attention\.[wavg][12]\.weight$/;
  const ending = (match: string): string => {
    if (match.endsWith('bias')) return '0.weight';
    return match.includes('.0.') ? '1.weight' : '2.weight';
  };
  return {
    takes: (name) => foreign.test(name) || own.test(name),
    apply: ({ name, tensor }) => [
      own.test(name)
        ? { name, tensor: permuteAxes(squeezeAll(tensor), [1, 0]) }
        : { name: name.replace(foreign, ending), tensor },
    ],
  };
}

/** Everything without dimensions of length one. The first block mixes no values: it gets those of the rates instead. */
function vectors(name: string, tensor: TensorExpression): ReturnType<TensorRule['apply']> {
  const flat = name.includes('.r_k.') ? reshape(tensor, [-1]) : squeezeAll(tensor);
  const rate = /\.layers\.0\.attention\.a[012]\.weight$/.test(name);
  const named = { name, tensor: flat, settled: true };
  return rate ? [{ ...named, name: name.replace('.attention.a', '.attention.v') }, named] : [named];
}
