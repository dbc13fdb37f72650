import { concat, reshape, splitAxis } from '../expressions/index.js';
import { ggufBlock } from '../names/name-map.js';
import type { Values } from '../config/config-values.js';
import type { Family, KeyRule, Model, TensorRule } from './family.js';
import { bools, uint } from './keys.js';
import { convolution, decay } from './mamba.js';
import { qwen2moe } from './qwen2.js';
import { tiledValueBlocks, tiledValueHeads } from './qwen3-next-heads.js';
import { headDim } from './rope.js';
import { addOne } from './tensor-rules.js';

/** What the layers that predict further tokens call their parts, and what a GGUF calls them. */
const PREDICTION_PARTS: ReadonlyMap<string, string> = new Map([
  ['fc', 'eh_proj'],
  ['pre_fc_norm_embedding', 'enorm'],
  ['pre_fc_norm_hidden', 'hnorm'],
  ['norm', 'shared_head.norm'],
]);

/** What a draft shares with its model, whether or not the checkpoint is of the model alone. */
const SHARED: ReadonlySet<string> = new Set([
  'model.embed_tokens.weight',
  'model.norm.weight',
  'lm_head.weight',
  'embed_tokens.weight',
  'norm.weight',
]);

/** Qwen3-Next: linear attention in three layers of four, and layers that predict further tokens. */
export const qwen3next: Family = {
  ...qwen2moe,
  names: ['Qwen3NextForCausalLM'],
  gguf: 'qwen3next',
  draft: { shared: SHARED },
  blockCount: (config, names) => config.count('num_hidden_layers') + predictionLayers(config, names),
  keys: [...qwen2moe.keys, ...linearAttentionKeys()],
  rename: (name, { config }) =>
    predictionName(name.replaceAll('language_model.', ''), config.count('num_hidden_layers')),
  tensors: (model) => [...linearAttention(model), ...(qwen2moe.tensors?.(model) ?? [])],
};

/** Qwen3.5, dense; its positions always have several dimensions. */
export const qwen35: Family = {
  ...qwen3next,
  names: ['Qwen3_5ForConditionalGeneration', 'Qwen3_5ForCausalLM'],
  gguf: 'qwen35',
  keys: [...qwen3next.keys, defaultSections],
  tensors: (model) => [tiledValueHeads(model), ...linearAttention(model), ...(qwen2moe.tensors?.(model) ?? [])],
  nvfp4: tiledValueBlocks,
};

/** The language model of MiniCPM-V 4.6, without the layers that predict further tokens. */
export const minicpmV: Family = {
  ...qwen35,
  names: ['MiniCPMV4_6ForConditionalGeneration'],
  rename: (name, model) => (/^(?:model\.merger\.|mtp)/.test(name) ? undefined : qwen35.rename?.(name, model)),
};

/** Qwen3.5 with experts. */
export const qwen35moe: Family = {
  ...qwen35,
  names: ['Qwen3_5MoeForConditionalGeneration', 'Qwen3_5MoeForCausalLM'],
  gguf: 'qwen35moe',
};

function linearAttentionKeys(): readonly KeyRule[] {
  return [
    uint(
      'nextn_predict_layers',
      ({ blockCount, config }) => blockCount - config.count('num_hidden_layers') || undefined,
    ),
    uint('ssm.conv_kernel', ({ config }) => config.count('linear_conv_kernel_dim')),
    uint('ssm.state_size', ({ config }) => config.count('linear_key_head_dim')),
    uint('ssm.group_count', ({ config }) => config.count('linear_num_key_heads')),
    uint('ssm.time_step_rank', ({ config }) => config.count('linear_num_value_heads')),
    uint(
      'ssm.inner_size',
      ({ config }) => config.count('linear_value_head_dim') * config.count('linear_num_value_heads'),
    ),
    bools('attention.recurrent_layers', ({ config, blockCount }) => {
      const types = config.strings('layer_types');
      return types === undefined
        ? undefined
        : Array.from({ length: blockCount }, (_, index) => types[index] === 'linear_attention');
    }),
    uint('full_attention_interval', ({ config }) => config.number('full_attention_interval') ?? 4),
    uint('rope.dimension_count', (model) =>
      Math.trunc(headDim(model) * (model.rope.number('partial_rotary_factor') ?? 0.25)),
    ),
  ];
}

function defaultSections({ rope }: Model): ReturnType<KeyRule> {
  if (rope.has('mrope_section')) return [];
  return [['rope.dimension_sections', { type: 'ARRAY', items: 'INT32', value: [11, 11, 10, 0] }]];
}

/** As many as the configuration says, or as the checkpoint has. */
function predictionLayers(config: Values, names: Iterable<string>): number {
  const mtpLayers = config.number('mtp_num_hidden_layers') ?? 0;
  if (mtpLayers > 0) return mtpLayers;
  let most = 0;
  for (const name of names) {
    const layer = /^(?:model\.)?mtp\.layers\.(\d{1,4})\./.exec(name.replaceAll('language_model.', ''))?.[1];
    if (layer !== undefined) most = Math.max(most, Number(layer) + 1);
  }
  return most;
}

function predictionName(name: string, layers: number): string {
  const short = name.replace(/^model\.(?=mtp\.)/, '');
  if (!short.startsWith('mtp.')) return name;
  const inLayer = /^mtp\.layers\.(\d+)\.(.+)$/.exec(short);
  if (inLayer !== null) return `model.layers.${layers + Number(inLayer[1])}.${inLayer[2] ?? ''}`;
  const [, part = '', suffix] = short.split('.');
  const renamed = PREDICTION_PARTS.get(part);
  return renamed === undefined || suffix === undefined ? short : `model.layers.${layers}.${renamed}.${suffix}`;
}

function linearAttention(model: Model): readonly TensorRule[] {
  return [
    decay(),
    {
      takes: (name) => name.endsWith('.dt_bias'),
      apply: ({ name, tensor }) => [{ name: name.replace(/\.dt_bias$/, '.dt_proj.bias'), tensor }],
    },
    convolution(),
    {
      takes: (name) => name.endsWith('norm.weight') && !name.endsWith('linear_attn.norm.weight'),
      apply: ({ name, tensor }) => [{ name, tensor: addOne(tensor) }],
    },
    fusedProjections(model),
  ];
}

/** Queries, keys, values and gates that come group by group, put one after the other; the gates become a tensor. */
function fusedProjections({ config }: Model): TensorRule {
  return {
    takes: (name) => name.includes('in_proj_qkvz.weight'),
    apply: ({ name, tensor }) => {
      const [keyHeads, valueHeads] = [config.count('linear_num_key_heads'), config.count('linear_num_value_heads')];
      const values = Math.floor(valueHeads / Math.max(1, keyHeads)) * config.count('linear_value_head_dim');
      const keys = config.count('linear_key_head_dim');
      const grouped = reshape(tensor, [keyHeads, 2 * keys + 2 * values, config.count('hidden_size')]);
      const parts = splitAxis(grouped, 1, [keys, keys, values, values]).map((part) =>
        reshape(part, [-1, config.count('hidden_size')]),
      );
      return [
        { name: `${ggufBlock(name)}.attn_qkv.weight`, tensor: concat(parts.slice(0, 3)), final: true },
        ...parts.slice(3).map((gate) => ({ name: `${ggufBlock(name)}.attn_gate.weight`, tensor: gate, final: true })),
      ];
    },
  };
}
