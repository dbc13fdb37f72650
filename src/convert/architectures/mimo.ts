import type { Values } from '../config/config-values.js';
import type { Family, Model } from './family.js';
import { float, integers, uint } from './keys.js';
import { hasPackedExperts, isPackedExpert, joinedAttention, packedExperts } from './mimo-quantized.js';
import { stackExperts } from './tensor-rules.js';
import { textKeys } from './text-keys.js';

/** Layers that predict further tokens, which no configuration counts. */
const PREDICTION_LAYERS = 3;
/** Their number where they are left out, under a name of our own. */
const PREDICTION_COUNT = 'mimo_prediction_layers';

/** MiMo V2: attention within a window in most layers, with keys and values of its own number there. */
export const mimo2: Family = {
  names: ['MiMoV2FlashForCausalLM', 'MiMoV2ForCausalLM'],
  needs: ['hybrid_layer_pattern', 'swa_head_dim', 'swa_num_attention_heads', 'swa_v_head_dim', 'topk_method'],
  gguf: 'mimo2',
  draft: { without: (config) => config.with([[PREDICTION_COUNT, 0]]) },
  vocabulary: 'bpe',
  blockCount: (config) => config.count('num_hidden_layers') + predictionLayers(config),
  keys: [
    textKeys,
    (model) => [
      [
        'attention.head_count_kv',
        integers(
          'attention.head_count_kv',
          windowed(model).map((value) =>
            model.config.count(value === 1 ? 'swa_num_key_value_heads' : 'num_key_value_heads'),
          ),
        ),
      ],
    ],
    uint('attention.sliding_window', ({ config }) => config.count('sliding_window')),
    (model) => [['attention.sliding_window_pattern', integers('attention.sliding_window_pattern', windowed(model))]],
    uint('attention.value_length', ({ config }) => config.count('v_head_dim')),
    uint('expert_count', ({ config }) => config.count('n_routed_experts')),
    uint('expert_feed_forward_length', ({ config }) => config.count('moe_intermediate_size')),
    uint('rope.dimension_count', ({ config, rope }) =>
      Math.trunc(config.count('head_dim') * rope.need('partial_rotary_factor')),
    ),
    float('attention.layer_norm_rms_epsilon', ({ config }) => config.number('layernorm_epsilon') ?? 1e-5),
    float('attention.value_scale', ['attention_value_scale']),
    uint('nextn_predict_layers', ({ config }) => predictionLayers(config) || undefined),
  ],
  packed: ({ config }) => hasPackedExperts(config),
  finished: packedExperts,
  rescaled: joinedAttention,
  rename: (name, { config }) => {
    if (isPackedExpert(name) && hasPackedExperts(config)) return undefined;
    const [, layer, rest] = /^model\.mtp\.layers\.(\d+)\.(.*)$/.exec(name) ?? [];
    const placed =
      layer === undefined ? name : `model.layers.${config.count('num_hidden_layers') + Number(layer)}.${rest}`;
    return placed.includes('attention_sink') && !placed.endsWith('.weight') ? `${placed}.weight` : placed;
  },
  tensors: ({ config }) => [
    stackExperts({
      marker: '.mlp.experts.',
      count: config.count('n_routed_experts'),
      parts: ['gate_proj', 'up_proj', 'down_proj'],
      source: (block, expert, part) => `model.layers.${block}.mlp.experts.${expert}.${part}.weight`,
      target: (block, part) => `model.layers.${block}.mlp.experts.${part}.weight`,
    }),
  ],
};

function predictionLayers(config: Values): number {
  return config.number(PREDICTION_COUNT) ?? PREDICTION_LAYERS;
}

/** 1 for layers with a window: as the configuration says, and those that predict further tokens have one. */
function windowed({ config, blockCount }: Model): readonly number[] {
  const own = config.numbers('hybrid_layer_pattern') ?? [];
  const further = Math.max(0, blockCount - config.count('num_hidden_layers'));
  return [...own, ...Array.from({ length: further }, () => 1)];
}
