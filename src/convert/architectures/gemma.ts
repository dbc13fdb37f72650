import { isJsonObject, jsonField } from '../../files/index.js';
import type { Values } from '../config/config-values.js';
import { narrow } from '../expressions/index.js';
import type { Repository } from '../repository.js';
import type { Family, KeyRule, Model, TensorRule } from './family.js';
import { all, constant, fileType, float, uint } from './keys.js';
import { addOne, change } from './tensor-rules.js';
import { fullAttentionRope, textKeys } from './text-keys.js';

/** Gemma stores what its norms add to one; the output matrix is the embedding, whatever a checkpoint carries. */
const shared: Pick<Family, 'rename' | 'tensors' | 'vocabulary' | 'lastKeys'> = {
  vocabulary: 'sentencepiece',
  rename: (name) => (name === 'lm_head.weight' ? undefined : name),
  tensors: () => [change(['norm.weight'], addOne)],
  lastKeys: [constant('tokenizer.ggml.add_space_prefix', false)],
};

const gemmaKeys: KeyRule = all(
  uint('context_length', ['max_position_embeddings']),
  uint('embedding_length', ['hidden_size']),
  uint('block_count', (model) => model.blockCount),
  uint('feed_forward_length', ['intermediate_size']),
  uint('attention.head_count', ['num_attention_heads']),
  uint('attention.head_count_kv', ({ config }) => config.count('num_key_value_heads', 'num_attention_heads')),
  float('attention.layer_norm_rms_epsilon', ['rms_norm_eps']),
  uint('attention.key_length', ['head_dim']),
  uint('attention.value_length', ['head_dim']),
  fileType,
);

/** Gemma 1. */
export const gemma: Family = {
  ...shared,
  names: ['GemmaForCausalLM'],
  gguf: 'gemma',
  keys: [gemmaKeys],
  lastKeys: [uint('tokenizer.ggml.eot_token_id', () => 107), constant('tokenizer.ggml.add_space_prefix', false)],
};

/** Gemma 2. */
export const gemma2: Family = {
  ...shared,
  names: ['Gemma2ForCausalLM'],
  gguf: 'gemma2',
  keys: [
    gemmaKeys,
    float('attn_logit_softcapping', ['attn_logit_softcapping']),
    float('final_logit_softcapping', ['final_logit_softcapping']),
    uint('attention.sliding_window', ['sliding_window']),
  ],
};

/** Gemma 3, the text part. */
export const gemma3: Family = {
  names: ['Gemma3ForCausalLM', 'Gemma3ForConditionalGeneration'],
  gguf: 'gemma3',
  vocabulary: 'sentencepiece-or-bpe',
  keys: [
    textKeys,
    uint('context_length', ({ config }) => config.number('max_position_embeddings') ?? 131_072),
    uint('attention.head_count', ({ config }) => config.number('num_attention_heads') ?? 8),
    float('attention.layer_norm_rms_epsilon', ({ config }) => config.number('rms_norm_eps') ?? 1e-6),
    uint('attention.key_length', ({ config }) => config.number('head_dim') ?? 256),
    uint('attention.value_length', ({ config }) => config.number('head_dim') ?? 256),
    float('rope.freq_base', ({ rope }) => fullAttentionRope(rope).number('rope_theta') ?? 1_000_000),
    float('final_logit_softcapping', ({ config }) => config.number('final_logit_softcapping') || undefined),
    uint('attention.sliding_window', ({ config }) =>
      config.number('sliding_window_pattern') === 1 ? undefined : config.count('sliding_window'),
    ),
    uint('attention.head_count_kv', ({ config }) => config.number('num_key_value_heads') ?? 4),
  ],
  lastKeys: [(model) => (hasModel(model) ? [['tokenizer.ggml.add_space_prefix', { type: 'BOOL', value: false }]] : [])],
  gather: async (repository, config, { asReference }) => ({
    tokenCount: await tokenCount(repository, config, asReference),
  }),
  tensors: (model) => [vocabularyRows(model), change(['norm.weight'], addOne)],
};

/** Rows of the embedding that stand for no token are cut off. */
export function vocabularyRows({ gathered }: Model): TensorRule {
  const size = gathered.tokenCount ?? Infinity;
  return {
    takes: (name) => name.includes('embed_tokens.weight'),
    apply: ({ name, tensor }) => [{ name, tensor: narrow(tensor, 0, 0, Math.min(tensor.shape[0] ?? 0, size)) }],
  };
}

/**
 * Tokens that the vocabulary has, as the reference counts them: one that was added may count twice. It cuts rows that
 * the vocabulary, which is filled up to the size in the configuration, then lacks; only asked for is that done here.
 */
async function tokenCount(repository: Repository, config: Values, asReference: boolean): Promise<number | undefined> {
  if (repository.file('tokenizer.model') !== undefined) return config.number('vocab_size') || undefined;
  const definition = (await repository.json('tokenizer.json')) ?? {};
  const [model, added] = [jsonField(definition, 'model'), jsonField(definition, 'added_tokens')];
  const vocab = isJsonObject(model) ? jsonField(model, 'vocab') : undefined;
  const count = Array.isArray(vocab) ? vocab.length : Object.keys(isJsonObject(vocab) ? vocab : {}).length;
  if (count === 0) return undefined;
  const counted = count + (Array.isArray(added) ? added.length : 0);
  return asReference ? counted : Math.max(counted, config.number('vocab_size') ?? 0);
}

function hasModel({ repository }: Model): boolean {
  return repository.file('tokenizer.model') !== undefined;
}
