import type { Weights, WeightTensor } from '../../safetensors/index.js';
import { concat, inInt32 } from '../expressions/index.js';
import { SlipwayError } from '../../core/index.js';
import { DEEPSEEK_V4_0731 } from '../tokenizers/templates/deepseek-v4-0731.js';
import { DEEPSEEK_V4 } from '../tokenizers/templates/deepseek-v4.js';
import { inLayers, ROOT_NAMES } from './deepseek-v4-names.js';
import { indexerKeys } from './deepseek.js';
import { packedMatrix, stackedExperts } from './packed-experts.js';
import type { Family, FinishedTensor, ForcedType, Model, NamedTensor, Origin } from './family.js';
import { bool, float, integers, uint } from './keys.js';
import { textKeys } from './text-keys.js';

/** DeepSeek V4: hyper-connections, compressed attention, experts in MXFP4, the rest in FP8 that becomes Q8_0. */
export const deepseek4: Family = {
  names: ['DeepseekV4ForCausalLM'],
  gguf: 'deepseek4',
  vocabulary: 'bpe',
  plainConfig: true,
  quantized: 'fp8',
  scaled: {
    kind: 'scaled',
    endings: [['.scale', '.weight']],
    blocks: [128, 128],
    eightBitFloats: 'stored',
    floatsOnly: true,
  },
  packed: () => true,
  draft: { shared: new Set(['embed.weight', 'norm.weight', 'head.weight', 'head.scale']) },
  blockCount: (config, names) =>
    config.count('num_hidden_layers') + (predictsOnly(names) ? (config.number('num_nextn_predict_layers') ?? 0) : 0),
  firstKeys: [
    ({ repository }) => {
      const value = repository.directoryName.includes('0731') ? DEEPSEEK_V4_0731 : DEEPSEEK_V4;
      return [['tokenizer.chat_template', { type: 'STRING', value }]];
    },
  ],
  keys: [
    ...attentionKeys(({ config }) => config.numbers('compress_ratios') ?? []),
    uint('embedding_length_out', ({ config }) => config.count('hidden_size') * config.count('hc_mult')),
    uint('nextn_predict_layers', (model) => model.blockCount - model.config.count('num_hidden_layers') || undefined),
  ],
  rename: (name, { config, blockCount }) => {
    if (/^(?:aligner\.|image_)/.test(name) || EXPERT.test(name)) return undefined;
    if (!name.startsWith('mtp.')) return name;
    const layers = config.count('num_hidden_layers');
    return blockCount > layers ? predictionName(name, layers) : undefined;
  },
  finished: function* (model, { tensors }) {
    const { config } = model;
    const first = model.blockCount > config.count('num_hidden_layers') ? config.count('num_hidden_layers') : 0;
    if (first === 0) yield* hashTables(model, tensors);
    const source = (block: number): string =>
      block < config.count('num_hidden_layers')
        ? `layers.${block}`
        : `mtp.${block - config.count('num_hidden_layers')}`;
    for (let block = first; block < model.blockCount; block += 1)
      yield* expertsOf(model, block, source(block), tensors);
  },
  extra: joinedProjections,
  tensors: (model) => [
    {
      takes: (name) => /\.nextn\.[eh]_proj\.weight$/.test(name) || name.endsWith('.ffn.gate.tid2eid'),
      apply: () => [],
    },
    {
      takes: (name) => name.endsWith('.ffn.gate.bias') && hashes(model, name),
      apply: () => [],
    },
    inLayers(ROOT_NAMES),
  ],
  force: forcedType,
};

/** What DeepSeek V4 says about its layers, and the drafts made from it. */
export function attentionKeys(ratios: (model: Model) => readonly number[]): Family['keys'] {
  return [
    textKeys,
    uint('rope.dimension_count', ({ config }) => config.count('qk_rope_head_dim')),
    uint('attention.q_lora_rank', ({ config }) => config.count('q_lora_rank')),
    uint('attention.sliding_window', ({ config }) => config.count('sliding_window')),
    uint('expert_feed_forward_length', ({ config }) => config.count('moe_intermediate_size')),
    uint('expert_shared_count', ({ config }) => config.count('n_shared_experts')),
    float('expert_weights_scale', ({ config }) => config.need('routed_scaling_factor')),
    bool('expert_weights_norm', ['norm_topk_prob']),
    ({ config, blockCount }) => {
      const value = Array.from({ length: blockCount }, () => config.need('swiglu_limit'));
      return ['swiglu_clamp_exp', 'swiglu_clamp_shexp'].map((name) => [
        name,
        { type: 'ARRAY', items: 'FLOAT32', value },
      ]);
    },
    indexerKeys,
    uint('attention.output_group_count', ({ config }) => config.count('o_groups')),
    uint('attention.output_lora_rank', ({ config }) => config.count('o_lora_rank')),
    (model) => [['attention.compress_ratios', integers('attention.compress_ratios', ratios(model))]],
    float('attention.compress_rope_freq_base', ({ config }) => config.need('compress_rope_theta')),
    uint('hyper_connection.count', ({ config }) => config.count('hc_mult')),
    uint('hyper_connection.sinkhorn_iterations', ({ config }) => config.count('hc_sinkhorn_iters')),
    float('hyper_connection.epsilon', ({ config }) => config.need('hc_eps')),
    uint('hash_layer_count', ({ config }) => config.count('num_hash_layers')),
  ];
}

/** True for a checkpoint of which only the layers that predict further tokens are wanted. */
function predictsOnly(names: Iterable<string>): boolean {
  let found = false;
  for (const name of names) {
    if (name.startsWith('layers.')) return false;
    if (name.startsWith('mtp.')) found = true;
  }
  return found;
}

const EXPERT = /^(?:layers|mtp)\.\d+\.ffn\.experts\.\d+\.w[123]\.(?:weight|scale)$/;

/** Layers that predict further tokens stand behind the model's own; what is left of them has no place without them. */
function predictionName(name: string, layers: number): string | undefined {
  const [, layer, rest = ''] = /^mtp\.(\d+)\.(.+)$/.exec(name) ?? [];
  if (layer === undefined) return undefined;
  if (/^hc_head_(?:fn|base|scale)$/.test(rest)) return rest;
  const block = `layers.${layers + Number(layer)}`;
  if (/^[eh]_proj\.(?:weight|scale)$/.test(rest) || /^[eh]norm\.weight$/.test(rest)) return `${block}.nextn.${rest}`;
  return rest === 'norm.weight' ? `${block}.nextn.shared_head_norm.weight` : `${block}.${rest}`;
}

function hashes({ config }: Model, name: string): boolean {
  const block = Number(/^layers\.(\d+)\./.exec(name)?.[1] ?? Number.POSITIVE_INFINITY);
  return block < config.count('num_hash_layers');
}

/** Tables that choose experts by token, in the first layers. */
function* hashTables({ config }: Model, tensors: Weights['tensors']): Iterable<FinishedTensor> {
  for (let block = 0; block < config.count('num_hash_layers'); block += 1) {
    const name = `layers.${block}.ffn.gate.tid2eid`;
    const tensor = tensors.get(name);
    if (tensor === undefined) throw missing(name);
    yield { name: `blk.${block}.ffn_gate_tid2eid.weight`, type: 'I32', ...inInt32(tensor) };
  }
}

function missing(name: string): SlipwayError {
  return new SlipwayError('MODEL_INVALID', `the tensor '${name}' is missing`, { where: name });
}

/** The experts of a layer, whose tensors' names begin with `source`. */
export function* expertsOf(
  { config }: Model,
  block: number,
  source: string,
  tensors: ReadonlyMap<string, WeightTensor>,
): Iterable<FinishedTensor> {
  const count = config.count('n_routed_experts');
  const experts = Array.from({ length: count }, (_, expert) => [expert, `${source}.ffn.experts.${expert}`] as const);
  for (const [part, target] of [
    ['w1', 'ffn_gate_exps'],
    ['w2', 'ffn_down_exps'],
    ['w3', 'ffn_up_exps'],
  ] as const) {
    yield stackedExperts(`blk.${block}.${target}.weight`, count, experts, (expert) =>
      packedMatrix(tensors, `${expert}.${part}.weight`, `${expert}.${part}.scale`),
    );
  }
}

/** The two projections in front of a layer that predicts further tokens, side by side. */
function* joinedProjections(
  { config, blockCount }: Model,
  tensors: Parameters<NonNullable<Family['extra']>>[1],
): Iterable<NamedTensor> {
  for (let block = config.count('num_hidden_layers'); block < blockCount; block += 1) {
    const names = ['e', 'h'].map((letter) => `layers.${block}.nextn.${letter}_proj.weight`);
    const parts = names.map((name) => tensors.get(name));
    if (parts.every((part) => part === undefined)) continue;
    const found = parts.map((part, index) => {
      if (part === undefined) throw missing(names[index] ?? '');
      return part;
    });
    yield { name: `layers.${block}.nextn.eh_proj.weight`, tensor: concat(found, 1) };
  }
}

/** FP8 becomes Q8_0; what the checkpoint has in BF16 or F32 stays so, whatever the rest becomes. */
export function forcedType(name: string, _model: Model, { stored }: Origin): ForcedType | undefined {
  if (name.endsWith('.nextn.eh_proj.weight') || stored === 'F8_E4M3' || stored === 'F8_E5M2') return 'Q8_0';
  return stored === 'F32' || stored === 'BF16' ? stored : undefined;
}
