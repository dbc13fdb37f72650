import { SlipwayError } from '../../core/index.js';
import { isJsonObject, type JsonValue } from '../../files/index.js';
import { Values } from '../config/values.js';
import { reshape } from '../expressions/index.js';
import type { Family, KeyRule, Model, TensorRule } from './family.js';
import { graniteKeys } from './granite.js';
import { bool, constant, float, uint, uintOrList } from './keys.js';
import { rotatedBlocks, rotatedHeads } from './llama.js';
import { column, convolution, decay } from './mamba.js';
import { change, stackExperts } from './tensor-rules.js';

/** What a block of Nemotron-H is: `M` Mamba 2, `*` attention, `-` dense, `E` experts. */
type Block = 'M' | '*' | '-' | 'E';

/** What configurations that spell blocks out call them. */
const SPELLED: ReadonlyMap<string, Block> = new Map([
  ['mamba', 'M'],
  ['linear_attention', 'M'],
  ['attention', '*'],
  ['full_attention', '*'],
  ['moe', 'E'],
]);

/** The length of a head, kept under a name of our own: the keys that Granite shares must not see it. */
const HEAD_LENGTH = 'nemotron_head_dim';

/** What a draft shares with its model; the scales of an output matrix in 4 bits go with it. */
const SHARED: ReadonlySet<string> = new Set([
  'backbone.embeddings.weight',
  'backbone.norm_f.weight',
  ...[
    'weight',
    'weight_scale',
    'weight_scale_2',
    'weight_scale_inv',
    'input_scale',
    'input_global_scale',
    'weight_global_scale',
    'weight_packed',
  ].map((part) => `lm_head.${part}`),
]);

/** Nemotron-H and Nemotron Nano 2: one mixer a block, of three kinds. */
export const nemotronH: Family = {
  names: ['NemotronHForCausalLM'],
  gguf: 'nemotron_h',
  plainConfig: true,
  applies: (config) => !hasExperts(config),
  vocabulary: 'bpe',
  vocabularySize: ({ config }) => Math.ceil(config.count('vocab_size') / 8) * 8,
  // Without positions it makes no difference; the reference has it from Llama all the same.
  nvfp4: rotatedBlocks,
  draft: { shared: SHARED },
  adjust,
  blockCount: (config) => config.count('num_hidden_layers') + predictionLayers(config),
  keys: [
    ...mixerKeys(),
    uintOrList('feed_forward_length', (model) =>
      byBlock(model, '-', model.config.count('intermediate_size', 'n_inner', 'hidden_dim')),
    ),
  ],
  rename: (name) =>
    (name.includes('.mixer.') ? name.replace(/^model\.layers\./, 'backbone.layers.') : name).replace(
      /\.dt_bias$/,
      '.dt_proj.bias',
    ),
  tensors: (model) => [
    ...rotatedHeads(model),
    convolution(),
    change(['mixer.D'], column),
    decay(column),
    change(['mixer.norm.weight'], (tensor) => {
      const count = Math.max(1, groups(model));
      return reshape(tensor, [count, Math.floor(innerWidth(model) / count)]);
    }),
  ],
};

/** Nemotron 3: experts, some with one shared, where the others have dense blocks. */
export const nemotronHExperts: Family = {
  ...nemotronH,
  gguf: 'nemotron_h_moe',
  applies: hasExperts,
  keys: [
    ...mixerKeys(),
    uintOrList('feed_forward_length', (model) => byBlock(model, 'E', model.config.count('moe_intermediate_size'))),
    uint('expert_used_count', ({ config }) => config.count('num_experts_per_tok')),
    uint('expert_feed_forward_length', ({ config }) => config.count('moe_intermediate_size')),
    ...expertKeys(),
    uint('nextn_predict_layers', ({ config }) => predictionLayers(config) || undefined),
  ],
  tensors: (model) => [
    ...predictions(model),
    ...(nemotronH.tensors?.(model) ?? []),
    stackExperts({
      marker: 'mixer.experts',
      count: model.config.count('n_routed_experts'),
      parts: ['down_proj', 'up_proj'],
      source: (block, expert, part) => `backbone.layers.${block}.mixer.experts.${expert}.${part}.weight`,
      target: (block, part) => `model.layers.${block}.mlp.experts.${part}.weight`,
    }),
  ],
};

function expertKeys(): readonly KeyRule[] {
  return [
    uint('expert_shared_feed_forward_length', ({ config }) => config.count('moe_shared_expert_intermediate_size')),
    uint('expert_count', ({ config }) => config.count('n_routed_experts')),
    uint('expert_shared_count', ({ config }) => config.count('n_shared_experts')),
    bool('expert_weights_norm', ['norm_topk_prob']),
    float('expert_weights_scale', ({ config }) => config.need('routed_scaling_factor')),
    uint('expert_group_count', ({ config }) => config.count('n_group')),
    uint('moe_latent_size', ['moe_latent_size']),
  ];
}

/** Nemotron 3 Puzzle, whose blocks each say how wide their experts are and how many are asked. */
export const nemotronHPuzzle: Family = {
  ...nemotronHExperts,
  draft: undefined,
  names: ['NemotronHPuzzleForCausalLM'],
  applies: () => true,
  adjust: (config) =>
    adjust(
      config.with([
        ['layers_block_type', blockConfigs(config).map((block) => block.string('block_type') ?? '')],
        ['hybrid_override_pattern', null],
        ['num_nextn_predict_layers', null],
      ]),
    ),
  keys: [
    ...mixerKeys(),
    uintOrList('feed_forward_length', ({ config }) => ofBlocks(config, 'moe_intermediate_size')),
    uintOrList('expert_feed_forward_length', ({ config }) => ofBlocks(config, 'moe_intermediate_size')),
    uintOrList('expert_used_count', ({ config }) => ofBlocks(config, 'num_experts_per_tok')),
    ...expertKeys(),
  ],
  rename: (name, model) =>
    name.startsWith('mtp.') ? undefined : nemotronH.rename?.(name.replace(/^model\./, 'backbone.'), model),
};

function blockConfigs(config: Values): readonly Values[] {
  const blocks = config.find('block_configs');
  if (!Array.isArray(blocks)) throw config.missing('block_configs');
  return blocks.map((block: JsonValue) => new Values(isJsonObject(block) ? block : {}, 'config.json: block_configs'));
}

function ofBlocks(config: Values, key: string): readonly number[] {
  return blockConfigs(config).map((block) => block.number(key) ?? 0);
}

function mixerKeys(): readonly KeyRule[] {
  const headLength = ({ config }: Model): number => config.count(HEAD_LENGTH);
  return [
    graniteKeys,
    uint('expert_shared_feed_forward_length', ({ config }) => config.number('shared_intermediate_size') || undefined),
    uint('ssm.conv_kernel', ({ config }) => config.count(...prefixed('conv_kernel', 'd_conv'))),
    uint('ssm.state_size', ({ config }) =>
      config.count(...prefixed('state_size', 'd_state', 'state_dim', 'ssm_state_size')),
    ),
    uint('ssm.group_count', groups),
    uint('ssm.inner_size', innerWidth),
    uint('ssm.time_step_rank', ({ config }) => config.count(...prefixed('n_heads', 'num_heads'))),
    uint('rope.dimension_count', ({ config }) => config.number('attn_rotary_emb') || undefined),
    uintOrList('attention.head_count_kv', (model) =>
      byBlock(model, '*', model.config.count(...prefixed('num_key_value_heads', 'n_head_kv'))),
    ),
    constant('rope.scaling.finetuned', false),
    uint('context_length', () => 2 ** 20),
    uint('attention.key_length', headLength),
    uint('attention.value_length', headLength),
  ];
}

/** A layer that predicts the next token but one is made of two: it attends, then asks the experts. */
const PREDICTION: ReadonlyMap<string, string> = new Map([
  ['mtp.layers.0.enorm.weight', 'enorm.weight'],
  ['mtp.layers.0.hnorm.weight', 'hnorm.weight'],
  ['mtp.layers.0.eh_proj.weight', 'eh_proj.weight'],
  ['mtp.layers.1.norm.weight', 'post_attention_layernorm.weight'],
  ['mtp.layers.1.final_layernorm.weight', 'shared_head.norm.weight'],
]);

function predictionLayers(config: Values): number {
  const count = hasExperts(config) ? (config.number('num_nextn_predict_layers') ?? 0) : 0;
  if (count <= 1) return count;
  throw new SlipwayError('ARCH_UNSUPPORTED', 'Nemotron-H with several layers that predict tokens cannot be converted', {
    where: 'config.json: num_nextn_predict_layers',
    got: `${count}, expected 1: the reference knows no other`,
  });
}

/** Both halves of such a layer become the last block. */
function predictions({ config, blockCount }: Model): readonly TensorRule[] {
  if (predictionLayers(config) === 0) return [];
  const half = /^mtp\.layers\.[01]\./;
  return [
    {
      takes: (name) => half.test(name),
      apply: (named) => {
        const special = PREDICTION.get(named.name);
        const owner = special === undefined ? 'backbone' : 'model';
        const part = special ?? named.name.replace(half, '');
        return [{ ...named, name: `${owner}.layers.${blockCount - 1}.${part}` }];
      },
    },
  ];
}

function hasExperts(config: Values): boolean {
  return config.has('num_experts_per_tok');
}

function adjust(config: Values): Values {
  const spelled = config.strings('layers_block_type');
  return config.with([
    [HEAD_LENGTH, config.count('head_dim', 'attention_head_dim')],
    ['head_dim', null],
    ...(spelled === undefined ? [] : [['num_hidden_layers', spelled.length] as const]),
  ]);
}

/** `value` for the blocks of a kind, 0 for the others. */
function byBlock({ config, blockCount }: Model, kind: Block, value: number): readonly number[] {
  const pattern = config.find('hybrid_override_pattern');
  const blocks =
    typeof pattern === 'string'
      ? pattern.split('')
      : (config.strings('hybrid_override_pattern') ?? config.strings('layers_block_type') ?? []).map((name) =>
          SPELLED.get(name),
        );
  const extra = predictionLayers(config);
  if (blocks.length + extra === blockCount) {
    const own = blocks.map((block) => (block === kind ? value : 0));
    return extra === 0 ? own : [...own, kind === '*' || kind === 'E' ? value : 0];
  }
  throw new SlipwayError('MODEL_INVALID', 'the pattern of blocks does not have as many as the model', {
    where: 'config.json: hybrid_override_pattern',
    got: `${blocks.length}, expected ${blockCount - extra}`,
  });
}

function prefixed(...names: readonly string[]): readonly string[] {
  return [...names, ...names.map((name) => `mamba_${name}`)];
}

function groups({ config }: Model): number {
  return config.count(...prefixed('n_groups', 'num_groups'));
}

/** Heads times their length; what the configuration says about expansion does not count. */
function innerWidth({ config }: Model): number {
  return config.count(...prefixed('num_heads')) * config.count('mamba_head_dim', 'hidden_size', 'd_model');
}
