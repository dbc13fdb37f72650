import { isJsonObject, type JsonValue } from '../../files/index.js';
import { Values } from '../config/config-values.js';
import { reshape } from '../expressions/index.js';
import type { Family, KeyRule } from './family.js';
import { bool, float, uint, uintOrList } from './keys.js';
import { rotatedBlocks, rotatedHeads } from './llama.js';
import { column, convolution, decay } from './mamba.js';
import { adjust, byBlock, groups, innerWidth, mixerKeys } from './nemotron-h-blocks.js';
import { hasExperts, predictionLayers, predictions, SHARED } from './nemotron-h-prediction.js';
import { change, stackExperts } from './tensor-rules.js';

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
