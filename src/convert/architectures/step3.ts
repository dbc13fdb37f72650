import { isJsonObject, type JsonValue } from '../../files/index.js';
import type { Values } from '../config/config-values.js';
import { literal } from '../expressions/index.js';
import type { Family, Key, Model, NamedTensor } from './family.js';
import { bool, bools, float, uint, uintOrList } from './keys.js';
import { headDim, ropeFrequencies } from './rope.js';
import { addOne, change } from './tensor-rules.js';
import { fullAttentionRope, textKeys } from './text-keys.js';

/** Step 3.5 and 3.7, whose layers with a window have heads of their own, with the layers that predict further tokens. */
export const step35: Family = {
  names: ['Step3p5ForCausalLM', 'Step3p7ForConditionalGeneration'],
  gguf: 'step35',
  draft: {},
  vocabulary: 'bpe',
  adjust: withTwoBases,
  blockCount: (config) => config.count('num_hidden_layers') + (config.number('num_nextn_predict_layers') ?? 0),
  keys: [
    textKeys,
    uintOrList('attention.head_count', (model) => headsByLayer(model, 'num_attention_heads')),
    uintOrList('attention.head_count_kv', (model) => headsByLayer(model, 'num_attention_groups')),
    uint('attention.sliding_window', ({ config }) => config.count('sliding_window')),
    bools('attention.sliding_window_pattern', slidingLayers),
    uint('expert_count', ({ config }) => config.count('moe_num_experts')),
    uint('expert_used_count', ({ config }) => config.count('moe_top_k')),
    uint('expert_feed_forward_length', ({ config }) => config.count('moe_intermediate_size')),
    uint('expert_shared_feed_forward_length', ({ config }) => config.count('share_expert_dim')),
    float('expert_weights_scale', ['moe_router_scaling_factor']),
    bool('expert_weights_norm', ['norm_expert_weight']),
    uint('leading_dense_block_count', leadingDenseBlocks),
    uint('moe_every_n_layers', ({ config }) => config.number('moe_every_n_layer') ?? 1),
    float('attention.layer_norm_rms_epsilon', ({ config }) => config.number('rms_norm_eps') ?? 1e-5),
    (model) => clamps(model, 'swiglu_clamp_exp', 'swiglu_limits'),
    (model) => clamps(model, 'swiglu_clamp_shexp', 'swiglu_limits_shared'),
    uint('nextn_predict_layers', ({ config }) => config.number('num_nextn_predict_layers') || undefined),
  ],
  rename: (name, { config }) => {
    const named = name.endsWith('.moe.router_bias') ? `${name}.bias` : name;
    const layer = Number(/^model\.layers\.(\d+)\./.exec(named)?.[1] ?? -1);
    if (layer < config.count('num_hidden_layers')) return named;
    return named.replaceAll('.transformer.', '.').replaceAll('shared_head.output', 'shared_head.head');
  },
  tensors: () => [change(['norm.weight'], addOne)],
  extra: scaledFrequencies,
};

/** One base for the layers that see everything and one for those with a window, where the configuration lists both. */
function withTwoBases(config: Values): Values {
  const bases = config.find('rope_theta');
  if (!Array.isArray(bases)) return config;
  const [base, local]: readonly (JsonValue | undefined)[] = bases;
  const name = config.has('rope_parameters') ? 'rope_parameters' : 'rope_scaling';
  const rope = config.find(name);
  return config.with([
    ['rope_theta', base ?? null],
    ['local_rope_theta', local ?? null],
    // A base that stands there, too, counts for nothing.
    ...(isJsonObject(rope) ? [[name, { ...rope, rope_theta: base ?? null }] as const] : []),
  ]);
}

function slidingLayers({ config, blockCount }: Model): readonly boolean[] {
  const types = config.strings('layer_types') ?? [];
  return Array.from({ length: blockCount }, (_, index) => types[index] === 'sliding_attention');
}

function headsByLayer(model: Model, key: string): readonly number[] {
  const full = model.config.count(key);
  const sliding = model.config.object('attention_other_setting')?.number(key) ?? full;
  return slidingLayers(model).map((slides) => (slides ? sliding : full));
}

/** Layers before the first that has experts; these are listed as text. */
function leadingDenseBlocks({ config }: Model): number {
  const listed = config.find('moe_layers_enum');
  const layers = typeof listed === 'string' && listed.trim() !== '' ? listed.split(',').map(Number) : [0];
  return Math.max(0, Math.min(...layers));
}

function clamps({ config, blockCount }: Model, name: string, key: string): readonly Key[] {
  const limits = config.find(key);
  if (!Array.isArray(limits)) return [];
  const value = Array.from({ length: blockCount }, (_, index) => Number(limits[index] ?? 0));
  return [[name, { type: 'ARRAY', items: 'FLOAT32', value }]];
}

/** Llama 3's scaling of the part of a head that rotates; unlike there in double precision. */
function* scaledFrequencies(model: Model): Iterable<NamedTensor> {
  const rope = fullAttentionRope(model.rope);
  if (rope.string('rope_type')?.toLowerCase() !== 'llama3') return;
  const types = model.config.strings('layer_types') ?? [];
  const parts = model.config.numbers('partial_rotary_factors') ?? [];
  const rotated = Math.trunc(headDim(model) * (parts[types.indexOf('full_attention')] ?? 1));
  const [factor, context] = [rope.number('factor') ?? 8, rope.number('original_max_position_embeddings') ?? 8192];
  const [low, high] = [rope.number('low_freq_factor') ?? 1, rope.number('high_freq_factor') ?? 4];
  const frequencies = ropeFrequencies(model.config.number('rope_theta') ?? 10_000, rotated);
  const factors = new Float32Array(Math.max(frequencies.length, Math.floor(headDim(model) / 2))).fill(1);
  for (const [index, frequency] of frequencies.entries()) {
    const wavelength = (2 * Math.PI) / frequency;
    const smooth = (context / wavelength - low) / (high - low);
    const between = wavelength > context / low ? factor : 1 / ((1 - smooth) / factor + smooth);
    factors[index] = wavelength < context / high ? 1 : between;
  }
  yield { name: 'rope_freqs.weight', tensor: literal(factors), final: true };
}
