import type { Values } from '../config/config-values.js';
import { mlpExperts } from './experts.js';
import type { Family, Model, TensorRule } from './family.js';
import { bool, bools, constant, float, uint, when } from './keys.js';
import { llama3RopeFactors } from './rope.js';
import { textKeys } from './text-keys.js';

/** EXAONE 3 and 3.5. */
export const exaone: Family = {
  names: ['ExaoneForCausalLM'],
  gguf: 'exaone',
  vocabulary: 'bpe',
  keys: [
    textKeys,
    uint('rope.dimension_count', ({ config, rope }) => {
      const length = Math.floor(config.count('hidden_size') / Math.max(1, config.count('num_attention_heads')));
      return Math.trunc((rope.number('partial_rotary_factor') ?? 1) * length);
    }),
  ],
  extra: llama3RopeFactors,
};

/** EXAONE 4. */
export const exaone4: Family = {
  names: ['Exaone4ForCausalLM'],
  gguf: 'exaone4',
  vocabulary: 'bpe',
  keys: [
    textKeys,
    uint('vocab_size', ['vocab_size']),
    when(
      ({ config }) => config.number('sliding_window') !== undefined,
      uint('attention.sliding_window', ['sliding_window']),
      bools('attention.sliding_window_pattern', slidingLayers),
    ),
  ],
  extra: llama3RopeFactors,
};

/** K-EXAONE: EXAONE 4 with experts, and layers that predict further tokens. */
export const exaoneMoe: Family = {
  ...exaone4,
  names: ['ExaoneMoEForCausalLM', 'ExaoneMoeForCausalLM'],
  gguf: 'exaone-moe',
  blockCount: withPredictionLayers,
  keys: [
    ...exaone4.keys,
    uint('expert_feed_forward_length', ({ config }) => config.count('moe_intermediate_size')),
    uint('expert_shared_count', ({ config }) => config.count('num_shared_experts')),
    uint(
      'expert_shared_feed_forward_length',
      ({ config }) => config.count('moe_intermediate_size') * config.count('num_shared_experts'),
    ),
    float('expert_weights_scale', ({ config }) => config.need('routed_scaling_factor')),
    bool('expert_weights_norm', ({ config }) => config.boolean('norm_topk_prob')),
    uint(
      'leading_dense_block_count',
      ({ config }) => config.number('first_k_dense_replace', 'first_last_k_dense_replace') ?? 0,
    ),
    uint('nextn_predict_layers', predictionLayers),
    constant('rope.scaling.type', 'none'),
  ],
  tensors: (model) => [predictions(model, false), ...mlpExperts(model, 'num_local_experts', 'num_experts')],
};

/** The language model of EXAONE 4.5. */
export const exaone45: Family = {
  ...exaone4,
  names: ['Exaone4_5_ForConditionalGeneration'],
  blockCount: withPredictionLayers,
  keys: [...exaone4.keys, uint('nextn_predict_layers', (model) => predictionLayers(model) || undefined)],
  tensors: (model) => [predictions(model, model.config.boolean('mtp_share_layers') === true)],
};

function withPredictionLayers(config: Values): number {
  return config.count('num_hidden_layers') + (config.number('num_nextn_predict_layers') ?? 0);
}

function predictionLayers({ config }: Model): number {
  return config.number('num_nextn_predict_layers') ?? 0;
}

/** What stands around the layers that predict further tokens, as they name it. */
const AROUND: ReadonlyMap<string, string> = new Map([
  ['fc', 'eh_proj'],
  ['pre_fc_norm_embedding', 'enorm'],
  ['pre_fc_norm_hidden', 'hnorm'],
  ['norm', 'shared_head.norm'],
]);

/** Layers under `mtp.` stand behind the others; what they have in common each of them gets. */
function predictions(model: Model, shared: boolean): TensorRule {
  const [first, count] = [model.config.count('num_hidden_layers'), predictionLayers(model)];
  const all = Array.from({ length: count }, (_, index) => first + index);
  return {
    takes: (name) => name.startsWith('mtp.'),
    apply: (named) => {
      const layer = /^mtp\.layers\.(\d+)\.(.+)$/.exec(named.name);
      if (layer !== null) {
        const own = first + Number(layer[1]);
        const blocks = shared ? all : all.filter((block) => block === own);
        return blocks.map((block) => ({ ...named, name: `model.layers.${block}.${layer[2] ?? ''}` }));
      }
      const [, part = '', suffix = ''] = /^mtp\.(\w+)\.(\w+)$/.exec(named.name) ?? [];
      const mapped = AROUND.get(part);
      if (mapped === undefined) return [];
      return all.map((block) => ({ ...named, name: `model.layers.${block}.${mapped}.${suffix}` }));
    },
  };
}

/** From the list of layer types, or a pattern: letters (`LLLG`), or every how many layers one sees everything. */
function slidingLayers({ config }: Model): readonly boolean[] | undefined {
  const types = config.strings('layer_types');
  if (types !== undefined) return types.map((type) => type === 'sliding_attention');
  const pattern = config.find('sliding_window_pattern');
  const layers = Array.from({ length: Math.min(4096, config.count('num_hidden_layers')) }, (_, index) => index);
  if (typeof pattern === 'string') return layers.map((index) => pattern[index % pattern.length] === 'L');
  return typeof pattern === 'number' ? layers.map((index) => (index + 1) % pattern !== 0) : undefined;
}
