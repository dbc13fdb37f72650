import { SlipwayError } from '../../core/index.js';
import { regroup, type TensorExpression } from '../expressions/index.js';
import { Values } from '../config/config-values.js';
import type { TargetModel } from '../target-model.js';
import type { Family, GatherOptions, Gathered, Key, KeyRule, Model, TensorRule } from './family.js';
import type { Repository } from '../repository.js';
import { bool, bools, float, integers, uint, when } from './keys.js';
import { qwen3 } from './qwen3.js';
import { headDim } from './rope.js';

/** DFlash: a small model that drafts a block of tokens at once, from what layers of its target computed. */
export const dflash: Family = {
  ...qwen3,
  names: ['DFlashDraftModel', 'DFlash2DraftModel'],
  gguf: 'dflash',
  vocabularyOf: 'target-family',
  gather: gatherDraft,
  keys: [...qwen3.keys, ...draftKeys()],
  lastKeys: [uint('tokenizer.ggml.mask_token_id', ({ config }) => draftConfig(config).number('mask_token_id'))],
  rename: draftName,
  tensors: (model) => [...draftRules(model), ...(qwen3.tensors?.(model) ?? [])],
};

/** What a draft's configuration says about drafting. */
export function draftConfig(config: Values): Values {
  return config.object('dflash_config') ?? new Values({}, 'config.json: dflash_config');
}

/** Looks up what the reference looks up. Throws `PICKLE_REFUSED` for a mask's vector, which comes as a pickle only. */
export async function gatherDraft(repository: Repository, config: Values, options: GatherOptions): Promise<Gathered> {
  const pickle = repository.file('mask_embedding.pt');
  if (pickle !== undefined) {
    throw new SlipwayError('PICKLE_REFUSED', 'the vector of the mask token is in a pickle, which could run code', {
      where: pickle.path,
      try: 'convert a draft whose embedding is in its safetensors, or this one with llama.cpp on a machine that may be lost',
    });
  }
  return (await qwen3.gather?.(repository, config, options)) ?? {};
}

/** Drafts are published with and without the prefix of the model inside them; sinks of attention lack an ending. */
export function draftName(name: string): string {
  const whole = name.startsWith('model.') ? name : `model.${name}`;
  return whole.includes('sink') && !whole.endsWith('.weight') ? `${whole}.weight` : whole;
}

export function draftKeys(): readonly KeyRule[] {
  const either =
    (name: string) =>
    ({ config }: Model): number | undefined =>
      draftConfig(config).has(name) ? draftConfig(config).number(name) : config.number(name);
  return [
    uint('rope.dimension_count', (model) => {
      const part = model.rope.number('partial_rotary_factor');
      return part === undefined ? undefined : Math.trunc(headDim(model) * part);
    }),
    float('attention.value_scale', ({ config }) => draftConfig(config).number('attention_value_scale')),
    uint('block_size', (model) => either('block_size')(model) ?? 16),
    when(
      ({ config }) => draftConfig(config).has('conv_kernel_size'),
      ...['conv_kernel_size', 'conv_group_size', 'selector_rank', 'selector_top_k'].map((name) =>
        uint(name, ({ config }) => draftConfig(config).count(name)),
      ),
    ),
    float('logit_scale', either('output_multiplier')),
    float('final_logit_softcapping', (model) => {
      const cap = either('final_logit_softcapping')(model);
      return cap !== undefined && cap > 0 ? cap : undefined;
    }),
    float('embedding_scale', either('input_embedding_scale')),
    targetLayers,
    ...windows(),
    bool('attention.causal', ({ config }) => {
      const causal = config.find('is_causal') ?? draftConfig(config).find('causal');
      return causal === undefined ? undefined : Boolean(causal);
    }),
    (model) => {
      if (model.target === undefined || !usesSections(model.target)) return [];
      return [
        ['rope.dimension_sections', integers('rope.dimension_sections', [Math.floor(headDim(model) / 2), 0, 0, 0])],
      ];
    },
  ];
}

/** Layers whose results the draft reads: the file counts what goes into a layer, the configuration what comes out. */
function targetLayers({ config }: Model): Iterable<Key> {
  const own = draftConfig(config);
  const ids =
    (own.has('target_layer_ids') ? own.numbers('target_layer_ids') : config.numbers('target_layer_ids')) ?? [];
  return ids.length === 0
    ? []
    : [
        [
          'target_layers',
          integers(
            'target_layers',
            ids.map((id) => id + 1),
          ),
        ],
      ];
}

function windows(): readonly KeyRule[] {
  const size = ({ config }: Model): number | undefined => {
    const own = draftConfig(config);
    if (!config.boolean('use_sliding_window') && !own.boolean('use_swa')) return undefined;
    return own.number('swa_window_size') || config.number('sliding_window') || undefined;
  };
  return [
    uint('attention.sliding_window', size),
    bools('attention.sliding_window_pattern', (model) => {
      if (size(model) === undefined) return undefined;
      if (draftConfig(model.config).boolean('use_swa') === true)
        return Array.from({ length: model.blockCount }, () => true);
      const types = model.config.strings('layer_types') ?? [];
      return types.length === 0 ? undefined : types.map((type) => type === 'sliding_attention');
    }),
  ];
}

/** Whether the target's positions have several dimensions. */
function usesSections({ repository }: TargetModel): boolean {
  const config = new Values(repository.config);
  const text = config.object('text_config') ?? config;
  const [parameters, scaling] = [text.object('rope_parameters'), text.object('rope_scaling')];
  const rope = parameters === undefined || parameters.isEmpty ? scaling : parameters;
  return rope?.has('mrope_section') === true;
}

const ROTATED = /self_attn\.(?:[qk]_proj|[qk]_norm)\.weight$/;

export function draftRules({ config }: Model): readonly TensorRule[] {
  return [
    {
      takes: (name) => name === 'model.embed_tokens.weight' && config.find('has_embed_tokens') === false,
      apply: () => [],
    },
    {
      takes: (name) => ROTATED.test(name) && config.find('rope_is_neox_style') === false,
      apply: ({ name, tensor }) => [{ name, tensor: inHalves(tensor, config.count('head_dim')) }],
    },
    {
      takes: (name) => /^model\.candidate_selector\.(?:predecessor|successor)_codebook$/.test(name),
      apply: ({ name, tensor }) => [{ name: `${name}.weight`, tensor }],
    },
  ];
}

/** Rows from neighbours that rotate together to halves of a head that do. */
function inHalves(tensor: TensorExpression, length: number): TensorExpression {
  const [rows = 0, ...rest] = tensor.shape;
  return regroup(tensor, [rows / length, length / 2, 2, ...rest], [0, 2, 1, ...rest.map((_, index) => index + 3)]);
}
