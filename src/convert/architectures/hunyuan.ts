import type { Family, KeyRule, Model } from './family.js';
import { all, constant, float, uint, when } from './keys.js';
import { textKeys } from './text-keys.js';

/** A context of 256 k: what the configuration says is wrong by a factor of eight. */
const CONTEXT = 256 * 1024;

const isScaled = ({ rope }: Model): boolean => ['dynamic', 'xdrope'].includes(rope.string('rope_type') ?? '');

/** The rotation's base, enlarged by the factor that the model was trained with. */
const scaledRope: KeyRule = all(
  float('rope.freq_base', ({ config, rope }) => {
    const length = config.count('head_dim');
    return (rope.number('rope_theta') ?? 10_000) * (rope.number('alpha') ?? 50) ** (length / (length - 2));
  }),
  constant('rope.scaling.type', 'none'),
  float('rope.scaling.factor', () => 1),
  when(
    ({ rope }) => rope.string('rope_type') === 'dynamic',
    uint('rope.scaling.original_context_length', () => CONTEXT),
    uint('context_length', () => CONTEXT),
  ),
);

/** Hunyuan, dense, with a tokenizer.json. */
export const hunyuanDense: Family = {
  names: ['HunYuanDenseV1ForCausalLM'],
  gguf: 'hunyuan-dense',
  vocabulary: 'bpe',
  adjust: (config) => config.with([['num_experts', null]]),
  keys: [textKeys, when(isScaled, scaledRope)],
  lastKeys: [uint('tokenizer.ggml.eos_token_id', ['eod_token_id'])],
  tensors: ({ config }) => [
    {
      takes: (name) => name === 'lm_head.weight' && config.boolean('tie_word_embeddings') === true,
      apply: () => [],
    },
  ],
};
