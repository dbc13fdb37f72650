import { SlipwayError } from '../../core/index.js';
import { mlpExperts } from './experts.js';
import type { Family, Model } from './family.js';
import { bool, bools, constant, float, uint, when } from './keys.js';
import { drop } from './tensor-rules.js';
import { textKeys } from './text-keys.js';

/** Command R and Aya 23: the context's length is what the model says, not how many positions it was given. */
export const commandR: Family = {
  names: ['CohereForCausalLM'],
  gguf: 'command-r',
  vocabulary: 'bpe',
  adjust: (config) =>
    config.with([['max_position_embeddings', config.count('model_max_length', 'max_position_embeddings')]]),
  keys: [textKeys, float('logit_scale', ['logit_scale']), constant('rope.scaling.type', 'none')],
};

/** Command R7B and later. Biases in its checkpoints are zeros that llama.cpp has no place for. */
export const cohere2: Family = {
  names: ['Cohere2ForCausalLM'],
  gguf: 'cohere2',
  vocabulary: 'bpe',
  keys: [
    textKeys,
    float('logit_scale', ['logit_scale']),
    uint('attention.sliding_window', ({ config }) => config.count('sliding_window')),
    uint('vocab_size', ['vocab_size']),
    uint('rope.dimension_count', ({ config }) => {
      const length = Math.floor(config.count('hidden_size') / Math.max(1, config.count('num_attention_heads')));
      return Math.trunc(config.need('rotary_pct') * length);
    }),
    constant('rope.scaling.type', 'none'),
  ],
  tensors: () => [drop('.bias')],
};

/** North: Cohere 2 with experts, and layers that predict further tokens. */
export const cohere2moe: Family = {
  names: ['Cohere2MoeForCausalLM'],
  gguf: 'cohere2moe',
  vocabulary: 'bpe',
  blockCount: (config) => config.count('num_hidden_layers') + (config.number('num_nextn_predict_layers') ?? 0),
  keys: [
    textKeys,
    float('logit_scale', ({ config }) => config.need('logit_scale')),
    uint('attention.sliding_window', ({ config }) => config.count('sliding_window')),
    bools('attention.sliding_window_pattern', ({ config }) =>
      (config.strings('layer_types') ?? []).map((type) => type === 'sliding_attention'),
    ),
    uint('vocab_size', ['vocab_size']),
    uint('expert_feed_forward_length', ({ config }) => config.count('intermediate_size')),
    uint('leading_dense_block_count', leadingDenseBlocks),
    bool('expert_weights_norm', ({ config }) => config.boolean('norm_topk_prob') ?? false),
    when(
      (model) => sharedExperts(model) > 0,
      uint('expert_shared_count', sharedExperts),
      uint(
        'expert_shared_feed_forward_length',
        (model) => model.config.count('intermediate_size') * sharedExperts(model),
      ),
    ),
    uint('nextn_predict_layers', ({ config }) => config.number('num_nextn_predict_layers') || undefined),
    uint('rope.dimension_count', ({ config }) => config.count('head_dim')),
    constant('rope.scaling.type', 'none'),
  ],
  tensors: (model) => [drop('.bias'), ...mlpExperts(model, 'num_experts')],
};

function leadingDenseBlocks({ config }: Model): number {
  const types = config.strings('mlp_layer_types');
  if (types === undefined) return config.number('first_k_dense_replace') ?? 0;
  const first = types.findIndex((type) => type !== 'dense');
  return first === -1 ? types.length : first;
}

/** Experts that every token goes through; only their average can be taken. */
function sharedExperts({ config }: Model): number {
  const count = config.number('num_shared_experts') ?? 0;
  const strategy = config.string('shared_expert_combination_strategy') ?? 'average';
  if (count <= 0 || strategy === 'average') return count;
  throw new SlipwayError('ARCH_UNSUPPORTED', `shared experts cannot be combined by '${strategy.slice(0, 80)}'`, {
    where: 'config.json: shared_expert_combination_strategy',
  });
}
