import { isJsonObject } from '../../files/index.js';
import { ggufBlock } from '../names/name-map.js';
import { literal } from '../expressions/index.js';
import type { Family, Model, NamedTensor } from './family.js';
import { gemma3 } from './gemma.js';
import { bools, uint, uintOrList } from './keys.js';

/** So large a factor makes a rotation stand still. */
const UNROTATED = 1e30;

/** The language model of Gemma 4: two kinds of layers with heads of their own, keys and values that layers share. */
export const gemma4: Family = {
  names: ['Gemma4ForConditionalGeneration', 'Gemma4ForCausalLM'],
  gguf: 'gemma4',
  vocabulary: 'gemma4',
  keys: [
    ...gemma3.keys,
    uint('attention.shared_kv_layers', ({ config }) => config.count('num_kv_shared_layers')),
    uint('embedding_length_per_layer_input', ({ config }) => config.number('hidden_size_per_layer_input') ?? 0),
    bools('attention.sliding_window_pattern', slidingLayers),
    uint('attention.key_length', globalHeadDim),
    uint('attention.value_length', globalHeadDim),
    uint('attention.key_length_swa', ({ config }) => config.count('head_dim')),
    uint('attention.value_length_swa', ({ config }) => config.count('head_dim')),
    uint('expert_feed_forward_length', ['expert_intermediate_size', 'moe_intermediate_size']),
    uintOrList('feed_forward_length', widerLayers),
    uintOrList('attention.head_count_kv', keyHeads),
    uint('rope.dimension_count', globalHeadDim),
    uint('rope.dimension_count_swa', ({ config, rope }) =>
      Math.trunc(config.count('head_dim') * (rope.number('partial_rotary_factor') ?? 1)),
    ),
  ],
  rename: (name) => {
    if (name.endsWith('per_dim_scale') || name.endsWith('layer_scalar')) return `${name}.weight`;
    // Scales of quantized experts keep their names.
    const isWhole = /\.(?:weight|weight_scale|weight_scale_2|input_scale)$/.test(name);
    return name.includes('.experts.') && !isWhole ? `${name}.weight` : name;
  },
  tensors: () => [
    {
      takes: (name) => name.endsWith('router.scale'),
      apply: ({ name, tensor }) => [{ name: `${ggufBlock(name)}.ffn_gate_inp.scale`, tensor, final: true }],
    },
    {
      takes: (name) => name.includes('.per_expert_scale'),
      apply: ({ name, tensor }) => [{ name: `${ggufBlock(name)}.ffn_down_exps.scale`, tensor, final: true }],
    },
  ],
  extra: partlyRotated,
  nvfp4: () => ({ expertFactors: { ending: '.router.per_expert_scale', part: 'down_proj' } }),
};

function slidingLayers({ config }: Model): readonly boolean[] {
  return (config.strings('layer_types') ?? []).map((type) => type === 'sliding_attention');
}

/** Heads of layers that see everything are longer. */
function globalHeadDim(model: Model): number {
  const value = model.config.number('global_head_dim') ?? ofFullLayers(model, 'head_dim');
  if (value === undefined) throw model.config.missing('global_head_dim');
  return value;
}

/** What `per_layer_config` says of the first layer with full attention that it names. */
function ofFullLayers({ config }: Model, key: string): number | undefined {
  const types = config.strings('layer_types') ?? [];
  for (const [index, values] of config.object('per_layer_config')?.entries() ?? []) {
    if (types[Number(index)] !== 'full_attention' || !isJsonObject(values) || !Object.hasOwn(values, key)) continue;
    const value = values[key];
    if (typeof value === 'number') return value;
  }
  return undefined;
}

/** Layers that share keys and values may be twice as wide. */
function widerLayers({ config, blockCount }: Model): readonly number[] | undefined {
  if (config.boolean('use_double_wide_mlp') !== true) return undefined;
  const width = config.count('intermediate_size');
  const shared = blockCount - config.count('num_kv_shared_layers');
  return Array.from({ length: blockCount }, (_, index) => (index < shared ? width : 2 * width));
}

function keyHeads(model: Model): readonly number[] | undefined {
  const full = model.config.number('num_global_key_value_heads') ?? ofFullLayers(model, 'num_key_value_heads');
  const sliding = model.config.number('num_key_value_heads');
  if (full === undefined || sliding === undefined) return undefined;
  return slidingLayers(model).map((isSliding) => (isSliding ? sliding : full));
}

/** Layers with full attention rotate a part of each head; factors keep the rest still. */
function* partlyRotated(model: Model): Iterable<NamedTensor> {
  const rope = model.rope.object('full_attention');
  if (rope?.string('rope_type') !== 'proportional') throw model.config.missing('rope_parameters.full_attention');
  const half = Math.trunc(globalHeadDim(model) / 2);
  const rotated = Math.trunc((globalHeadDim(model) * rope.need('partial_rotary_factor')) / 2);
  const factors = Float32Array.from({ length: half }, (_, index) => (index < rotated ? 1 : UNROTATED));
  yield { name: 'rope_freqs.weight', tensor: literal(factors), final: true };
}
