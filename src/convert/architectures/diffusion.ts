import { mlpExperts } from './experts.js';
import type { Family } from './family.js';
import { constant, uint } from './keys.js';
import { poolingKeys } from './pooling.js';
import { rotatedHeads } from './llama.js';
import { textKeys } from './text-keys.js';

/** Dream, a language model that refines a text in all places at once. */
export const dream: Family = {
  names: ['DreamModel'],
  gguf: 'dream',
  vocabulary: 'sentencepiece-or-bpe',
  keys: [
    textKeys,
    poolingKeys,
    constant('attention.causal', false),
    uint('tokenizer.ggml.mask_token_id', ['mask_token_id']),
  ],
};

/** LLaDA. */
export const llada: Family = {
  names: ['LLaDAModelLM'],
  gguf: 'llada',
  vocabulary: 'bpe',
  keys: [
    textKeys,
    poolingKeys,
    uint('vocab_size', ({ config }) => config.count('vocab_size')),
    uint(
      'rope.dimension_count',
      ({ config }) =>
        config.number('head_dim') ??
        Math.floor(config.count('hidden_size', 'd_model') / config.count('num_attention_heads', 'n_heads')),
    ),
    uint('context_length', ({ config }) => config.number('max_sequence_length') ?? 4096),
    uint('embedding_length', ({ config }) => config.number('d_model') ?? 4096),
    uint('feed_forward_length', ({ config }) => config.number('mlp_hidden_size') ?? 12_288),
    constant('attention.causal', false),
    constant('diffusion.shift_logits', false),
  ],
  lastKeys: [constant('tokenizer.ggml.add_bos_token', true)],
  tensors: rotatedHeads,
};

/** LLaDA with experts. */
export const lladaMoe: Family = {
  names: ['LLaDAMoEModel', 'LLaDAMoEModelLM'],
  gguf: 'llada-moe',
  vocabulary: 'bpe',
  keys: [
    textKeys,
    uint('expert_feed_forward_length', ['expert_intermediate_size']),
    uint('tokenizer.ggml.mask_token_id', () => 156_895),
    constant('attention.causal', false),
    constant('diffusion.shift_logits', false),
  ],
  tensors: (model) => mlpExperts(model, 'num_local_experts', 'num_experts'),
};
