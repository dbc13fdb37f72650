import { literal } from '../expressions/index.js';
import { jsonField } from '../../files/index.js';
import { tokenIds } from '../tokenizers/index.js';
import type { Family, Model, TensorRule } from './family.js';
import { bools, float, integers, uint, when } from './keys.js';
import { rotatedHeads } from './llama.js';
import { addOne, change } from './tensor-rules.js';
import { textKeys } from './text-keys.js';

/** The language model of Muse Glimmer: queries and keys are normed without weights, then scaled. */
export const museGlimmer: Family = {
  names: ['MuseGlimmerForConditionalGeneration'],
  gguf: 'muse-glimmer',
  vocabulary: 'bpe',
  gather: async (repository) => {
    const unknown = jsonField((await repository.json('tokenizer_config.json')) ?? {}, 'unk_token');
    const [end, fallback] = await tokenIds(repository, ['<|eot|>', typeof unknown === 'string' ? unknown : '']);
    return { endOfTurn: end ?? fallback };
  },
  keys: [
    textKeys,
    float('final_logit_softcapping', ({ config }) => config.need('final_logit_softcapping')),
    float('logit_scale', ({ config }) => config.need('output_multiplier')),
    uint('attention.sliding_window', ({ config }) => config.count('sliding_window')),
    bools('attention.sliding_window_pattern', ({ config }) =>
      (config.strings('layer_types') ?? []).map((type) => type === 'sliding_attention'),
    ),
  ],
  lastKeys: [uint('tokenizer.ggml.eot_token_id', ({ gathered }) => gathered.endOfTurn)],
  tensors: (model) => [change(['layernorm.weight'], addOne), ...rotatedHeads(model), scaledNorms(model)],
};

/** Norms whose weights are the factor, in front of each layer's queries. */
function scaledNorms({ config }: Model): TensorRule {
  const length = config.count('head_dim');
  const norm = (value: number): Float32Array => new Float32Array(length).fill(value);
  return {
    takes: (name) => /^model\.layers\.\d+\.self_attn\.q_proj\.weight$/.test(name),
    apply: (query) => [
      { name: query.name.replace('q_proj', 'q_norm'), tensor: literal(norm(config.need('qk_scale_factor'))) },
      { name: query.name.replace('q_proj', 'k_norm'), tensor: literal(norm(1)) },
      query,
    ],
  };
}

/** The small model that drafts for Muse Glimmer. */
export const museGlimmerAssistant: Family = {
  names: ['MuseGlimmerAssistantModel'],
  needs: ['target_layer_ids'],
  gguf: 'dflash',
  vocabulary: 'bpe',
  vocabularyOf: 'target-family',
  keys: [
    textKeys,
    uint('block_size', ({ config }) => Math.trunc(config.need('block_size'))),
    ({ config }) => {
      // The configuration counts what comes out of a layer, the file what goes in.
      const layers = (config.numbers('target_layer_ids') ?? []).map((layer) => Math.trunc(layer) + 1);
      return layers.length === 0 ? [] : [['target_layers', integers('target_layers', layers)]];
    },
    when(
      ({ config }) => Boolean(config.find('sliding_window')) && (config.strings('layer_types') ?? []).length > 0,
      uint('attention.sliding_window', ['sliding_window']),
      bools('attention.sliding_window_pattern', ({ config }) =>
        (config.strings('layer_types') ?? []).map((type) => type === 'sliding_attention'),
      ),
    ),
  ],
  lastKeys: [uint('tokenizer.ggml.mask_token_id', ['mask_token_id'])],
};
