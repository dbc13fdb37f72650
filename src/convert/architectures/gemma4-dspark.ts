import { SlipwayError } from '../../core/index.js';
import { literal } from '../expressions/index.js';
import type { Values } from '../config/config-values.js';
import { ggufBlock } from '../names/name-map.js';
import { dflash, draftConfig, draftName } from './dflash.js';
import { requireVanilla } from './dspark.js';
import type { Family, Model, NamedTensor } from './family.js';
import { bool, constant, float, uint } from './keys.js';

/** So large a factor makes a rotation stand still. */
const UNROTATED = 1e30;
/** What Gemma 4's configuration class says where a file says nothing. */
const DEFAULT_ROPE = { rope_type: 'proportional', partial_rotary_factor: 0.25, rope_theta: 1_000_000 };

/** The DSpark draft of Gemma 4: layers with full attention only, in which keys are values. */
export const gemma4Dspark: Family = {
  ...dflash,
  names: ['Gemma4DSparkModel'],
  adjust: checked,
  gather: async (_repository, config, { weights }) => {
    const names = [...weights.tensors.keys()].map(partName);
    if (names.length > 0 && !names.includes('model.lm_head.weight') && config.find('tie_word_embeddings') !== true) {
      throw unsupported('tie_word_embeddings', 'it has neither an output matrix nor tied embeddings');
    }
    return { hasConfidenceHead: names.some((name) => name.includes('confidence_head.proj')) };
  },
  keys: [
    ...dflash.keys,
    uint('attention.head_count_kv', ({ config }) => config.count('num_global_key_value_heads')),
    uint('attention.key_length', ({ config }) => config.count('global_head_dim')),
    uint('attention.value_length', ({ config }) => config.count('global_head_dim')),
    uint('rope.dimension_count', ({ config }) => config.count('global_head_dim')),
    float('embedding_scale', ({ config }) => Math.sqrt(config.count('hidden_size'))),
    float('attention.scale', () => 1),
    constant('hidden_activation', 'gelu_pytorch_tanh'),
    bool('sample_from_anchor', ({ config }) => config.flag('sample_from_anchor', true)),
    bool('has_confidence_head', ({ gathered }) => gathered.hasConfidenceHead),
  ],
  lastKeys: [uint('tokenizer.ggml.mask_token_id', ({ config }) => maskToken(config))],
  rename: (name) => draftName(partName(name)),
  tensors: (model) => [
    {
      takes: (name) => /\.(?:post_attention|pre_feedforward)_layernorm\.weight$/.test(name),
      apply: ({ name, tensor }) => {
        const part = name.endsWith('.pre_feedforward_layernorm.weight') ? 'ffn_norm' : 'post_attention_norm';
        return [{ name: `${ggufBlock(name)}.${part}.weight`, tensor, final: true }];
      },
    },
    ...(dflash.tensors?.(model) ?? []),
  ],
  extra: partlyRotated,
};

function partName(name: string): string {
  const whole = name.startsWith('model.') ? name : `model.${name}`;
  const ended = whole.endsWith('.layer_scalar') ? `${whole}.weight` : whole;
  return ended.replaceAll('model.confidence_proj.', 'model.confidence_head.proj.');
}

function maskToken(config: Values): number {
  const own = draftConfig(config);
  const mask = own.has('mask_token_id') ? own.number('mask_token_id') : config.number('mask_token_id');
  if (mask === undefined) throw config.missing('mask_token_id');
  return mask;
}

/** The form that llama.cpp's converter knows. Throws `ARCH_UNSUPPORTED` for every other. */
function checked(config: Values): Values {
  const size = config.count('vocab_size');
  const own = draftConfig(config);
  const conditions: readonly (readonly [key: string, fits: boolean, why: string])[] = [
    ['attention_k_eq_v', config.find('attention_k_eq_v') === true, 'its keys are not its values'],
    ['layer_types', onlyFull(config), 'some of its layers look through a window'],
    [
      'hidden_activation',
      (config.string('hidden_activation') ?? 'gelu_pytorch_tanh') === 'gelu_pytorch_tanh',
      'its activation is another',
    ],
    ['attention_bias', !config.find('attention_bias') && !config.find('enable_moe_block'), 'it has biases or experts'],
    ['draft_vocab_size', (config.number('draft_vocab_size') || size) === size, 'it has a vocabulary of its own'],
    ['final_logit_softcapping', !config.find('final_logit_softcapping'), 'its logits are capped'],
    [
      'target_layer_ids',
      (own.numbers('target_layer_ids') ?? config.numbers('target_layer_ids') ?? []).length > 0,
      'it names no layers of its target',
    ],
    ['swa_window_size', own.find('use_swa') !== true || own.count('swa_window_size') > 0, 'its window is empty'],
  ];
  for (const [key, fits, why] of conditions) if (!fits) throw unsupported(key, why);
  requireVanilla(own.string('markov_head_type') ?? config.string('markov_head_type') ?? 'vanilla');
  const ropeParameters = config.object('rope_parameters');
  const rope =
    ropeParameters === undefined || ropeParameters.isEmpty
      ? DEFAULT_ROPE
      : Object.fromEntries((ropeParameters.object('full_attention') ?? ropeParameters).entries());
  if (rope['rope_type'] !== 'default' && rope['rope_type'] !== 'proportional')
    throw unsupported('rope_parameters', 'it rotates in another way');
  return config.with([['rope_parameters', rope]]);
}

function onlyFull(config: Values): boolean {
  const types = config.strings('layer_types') ?? [];
  return types.length === config.count('num_hidden_layers') && types.every((type) => type === 'full_attention');
}

function unsupported(key: string, why: string): SlipwayError {
  return new SlipwayError('ARCH_UNSUPPORTED', `this DSpark draft of Gemma 4 cannot be converted: ${why}`, {
    where: `config.json: ${key}`,
    try: 'llama.cpp knows drafts with full attention, shared keys and values, and the vocabulary of Gemma 4',
  });
}

/** Only a part of each head is rotated: factors keep the rest still. */
function* partlyRotated({ config, rope }: Model): Iterable<NamedTensor> {
  if (rope.string('rope_type') !== 'proportional') return;
  const length = config.count('global_head_dim');
  const part = rope.number('partial_rotary_factor') ?? 0.25;
  const rotated = Math.trunc((length * part) / 2);
  if (part <= 0 || part > 1 || length * part !== 2 * rotated)
    throw unsupported('partial_rotary_factor', `${part} of ${length}`);
  const factors = Float32Array.from({ length: Math.floor(length / 2) }, (_, index) =>
    index < rotated ? 1 : UNROTATED,
  );
  yield { name: 'rope_freqs.weight', tensor: literal(factors), final: true };
}
