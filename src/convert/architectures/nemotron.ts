import type { Family, Model } from './family.js';
import { constant, float, uint, when } from './keys.js';
import { addOne, change } from './tensor-rules.js';
import { textKeys } from './text-keys.js';

/** Nemotron 3 and Minitron, whose norms store the difference from one. */
export const nemotron: Family = {
  names: ['NemotronForCausalLM'],
  gguf: 'nemotron',
  vocabulary: 'sentencepiece',
  keys: [
    textKeys,
    uint('vocab_size', ['vocab_size']),
    float('attention.layer_norm_epsilon', ['layer_norm_eps', 'layer_norm_epsilon', 'norm_epsilon', 'norm_eps']),
    uint('rope.dimension_count', ({ config, rope }) => {
      const width = Math.trunc(rope.need('partial_rotary_factor') * config.count('hidden_size', 'n_embd'));
      return Math.floor(width / Math.max(1, config.count('num_attention_heads', 'n_head')));
    }),
    when((model) => factor(model) === undefined, constant('rope.scaling.type', 'none')),
    when((model) => factor(model) !== undefined, constant('rope.scaling.type', 'linear')),
    float('rope.scaling.factor', factor),
  ],
  lastKeys: [uint('tokenizer.ggml.padding_token_id', () => 0), uint('tokenizer.ggml.unknown_token_id', () => 1)],
  tensors: () => [change(['norm.weight'], addOne)],
};

function factor({ config, rope }: Model): number | undefined {
  return config.number('factor') || rope.number('factor');
}
