import type { Family, Model, TensorRule } from './family.js';
import { all, uint } from './keys.js';
import { headDim, llama3RopeFactors } from './rope.js';
import { change, interleaveHeads, stackExperts } from './tensor-rules.js';
import { textKeys } from './text-keys.js';

/** Llama 1 to 3, and what shares its shape: Mistral, Mixtral and many others. */
export const llama: Family = {
  names: [
    'LlamaForCausalLM',
    'LLaMAForCausalLM',
    'MistralForCausalLM',
    'MixtralForCausalLM',
    'IQuestCoderForCausalLM',
    'LlamaModel',
  ],
  gguf: 'llama',
  vocabulary: 'llama',
  keys: [textKeys, llamaKeys()],
  rename: (name, { className }) => (className === 'LlamaModel' ? `model.${name}` : name).replaceAll('text_model.', ''),
  tensors: (model) => [...rotatedHeads(model), ...mixtralExperts(model)],
  extra: llama3RopeFactors,
};

/** The keys that Llama adds to those of every language model. */
export function llamaKeys(): NonNullable<Family['keys']>[number] {
  return all(uint('vocab_size', ['vocab_size']), uint('rope.dimension_count', headDim));
}

/** Queries and keys in the order in which ggml rotates them. */
export function rotatedHeads({ config }: Model): readonly TensorRule[] {
  const heads = config.count('n_heads', 'num_attention_heads');
  const keyHeads = config.number('n_kv_heads', 'num_key_value_heads') ?? heads;
  return [
    change(['q_proj.weight', 'q_proj.bias'], (tensor) => interleaveHeads(tensor, heads)),
    change(['k_proj.weight', 'k_proj.bias'], (tensor) => interleaveHeads(tensor, keyHeads)),
  ];
}

function mixtralExperts({ config }: Model): readonly TensorRule[] {
  const count = config.number('num_local_experts');
  if (count === undefined) return [];
  return [
    stackExperts({
      marker: 'block_sparse_moe.experts',
      count,
      parts: ['w1', 'w2', 'w3'],
      source: (block, expert, part) => `model.layers.${block}.block_sparse_moe.experts.${expert}.${part}.weight`,
      target: (block, part) => `layers.${block}.feed_forward.experts.${part}.weight`,
    }),
  ];
}
