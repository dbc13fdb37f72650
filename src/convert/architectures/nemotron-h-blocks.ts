import { SlipwayError } from '../../core/index.js';
import type { Values } from '../config/config-values.js';
import type { KeyRule, Model } from './family.js';
import { graniteKeys } from './granite.js';
import { constant, uint, uintOrList } from './keys.js';
import { predictionLayers } from './nemotron-h-prediction.js';

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

export function mixerKeys(): readonly KeyRule[] {
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

export function adjust(config: Values): Values {
  const spelled = config.strings('layers_block_type');
  return config.with([
    [HEAD_LENGTH, config.count('head_dim', 'attention_head_dim')],
    ['head_dim', null],
    ...(spelled === undefined ? [] : [['num_hidden_layers', spelled.length] as const]),
  ]);
}

/** `value` for the blocks of a kind, 0 for the others. */
export function byBlock({ config, blockCount }: Model, kind: Block, value: number): readonly number[] {
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

export function groups({ config }: Model): number {
  return config.count(...prefixed('n_groups', 'num_groups'));
}

/** Heads times their length; what the configuration says about expansion does not count. */
export function innerWidth({ config }: Model): number {
  return config.count(...prefixed('num_heads')) * config.count('mamba_head_dim', 'hidden_size', 'd_model');
}
