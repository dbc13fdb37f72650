import type { Values } from '../config/config-values.js';
import { ggufBlock } from '../names/name-map.js';
import { requireTarget } from '../target-model.js';
import { draftTable, draftTokens } from './draft-tokens.js';
import type { Family } from './family.js';
import { bool, integers, uint } from './keys.js';
import { llama } from './llama.js';

/** Classes that publishers give to these drafts; others keep the name of the Llama that they are made of. */
export const EAGLE3_NAMES = [
  'Eagle3DraftModel',
  'Eagle3Speculator',
  'Eagle3LlamaForCausalLM',
  'LlamaForCausalLMEagle3',
];

/** EAGLE-3: a Llama of one layer that drafts for a larger model, from what three of its layers computed. */
export const eagle3: Family = {
  ...llama,
  names: [...EAGLE3_NAMES, ...llama.names],
  gguf: 'eagle3',
  applies: (config) => {
    const whole = flat(config);
    return whole.has('draft_vocab_size') && whole.find('num_hidden_layers') === 1;
  },
  vocabularyOf: 'target',
  adjust: flat,
  gather: async (_repository, _config, { weights, target, signal }) => {
    const size = target?.config.count('vocab_size') ?? 0;
    return target === undefined ? {} : { draftTokens: await draftTokens(weights, size, signal) };
  },
  firstKeys: [
    (model) => {
      const { config } = requireTarget(model.className, model.target);
      const listed = model.config.numbers('eagle_aux_hidden_state_layer_ids') ?? [];
      const layers = config.count('num_hidden_layers');
      const target = listed.length > 0 ? listed : [2, Math.floor(layers / 2), layers - 3];
      return [['target_layers', integers('target_layers', target)]];
    },
    uint(
      'target_hidden_size',
      ({ className, config, target }) =>
        config.number('target_hidden_size') ?? requireTarget(className, target).config.count('hidden_size'),
    ),
    bool('norm_before_residual', ({ config }) => config.boolean('norm_before_residual') ?? false),
    bool('norm_before_fc', ({ config }) => config.boolean('norm_before_fc') ?? false),
  ],
  rename: (name) => {
    if (name === 'd2t' || name === 't2d') return undefined;
    return name
      .replace(/^midlayer\./, 'model.layers.0.')
      .replace(/^layers\.0\./, 'model.layers.0.')
      .replaceAll('text_model.', '');
  },
  tensors: (model) => [
    {
      takes: (name) => name === 'fc.weight' || name === 'input_norm.weight',
      apply: ({ name, tensor }) => [
        { name: name === 'fc.weight' ? name : 'enc.output_norm.weight', tensor, final: true },
      ],
    },
    {
      takes: (name) => name.endsWith('.hidden_norm.weight'),
      apply: ({ name, tensor }) => [{ name: `${ggufBlock(name)}.attn_norm_2.weight`, tensor, final: true }],
    },
    ...(llama.tensors?.(model) ?? []),
  ],
  finishedLast: draftTable,
};

/** Some keep the numbers of the draft's layer in an object of its own. */
function flat(config: Values): Values {
  const nested = config.object('transformer_layer_config');
  return nested === undefined ? config : config.with(nested.entries());
}
