import { sparseExperts } from './experts.js';
import type { Family, KeyRule, Model, Nvfp4Rules, TensorRule } from './family.js';
import { all, uint } from './keys.js';
import { headDim, llama3RopeFactors } from './rope.js';
import { change, interleaveHeads } from './tensor-rules.js';
import { textKeys } from './text-keys.js';

/** The keys that Llama adds to those of every language model. */
export const llamaKeys: KeyRule = all(
  textKeys,
  uint('vocab_size', ['vocab_size']),
  uint('rope.dimension_count', headDim),
);

/** Llama 1 to 3, and what shares its shape: Mistral, Mixtral and many others. */
export const llama: Family = {
  names: [
    'LlamaForCausalLM',
    'LLaMAForCausalLM',
    'MistralForCausalLM',
    'MixtralForCausalLM',
    'IQuestCoderForCausalLM',
    'LlamaModel',
    'LlavaForConditionalGeneration',
    'VLlama3ForCausalLM',
    'VoxtralForConditionalGeneration',
  ],
  gguf: 'llama',
  vocabulary: 'llama',
  keys: [llamaKeys],
  // SmolVLM2's configurations leave it out.
  adjust: (config) =>
    config.has('num_attention_heads') || !(config.strings('architectures') ?? []).includes('VLlama3ForCausalLM')
      ? config
      : config.with([['num_attention_heads', 32]]),
  rename: (name, { className }) => (className === 'LlamaModel' ? `model.${name}` : name).replaceAll('text_model.', ''),
  tensors: (model) => [
    ...rotatedHeads(model),
    ...sparseExperts(
      model,
      (block, part) => `layers.${block}.feed_forward.experts.${part}.weight`,
      'num_local_experts',
    ),
  ],
  extra: llama3RopeFactors,
  nvfp4: rotatedBlocks,
};

/** Llama made an encoder of texts (NVIDIA's embeddings). */
export const llamaEmbed: Family = { ...llama, names: ['LlamaBidirectionalModel'], gguf: 'llama-embed' };

/** SmolLM3. */
export const smollm3: Family = { ...llama, names: ['SmolLM3ForCausalLM'], gguf: 'smollm3' };

/** Queries and keys in the order in which ggml rotates them. */
export function rotatedHeads(model: Model): readonly TensorRule[] {
  const { heads, keyHeads } = headCounts(model);
  return [
    change(['q_proj.weight', 'q_proj.bias'], (tensor) => interleaveHeads(tensor, heads)),
    change(['k_proj.weight', 'k_proj.bias'], (tensor) => interleaveHeads(tensor, keyHeads)),
  ];
}

/** The same for matrices in NVFP4. */
export function rotatedBlocks(model: Model): Nvfp4Rules {
  const { heads, keyHeads } = headCounts(model);
  return {
    move: (name, blocks) => {
      if (name.endsWith('q_proj.weight')) return interleaveHeads(blocks, heads);
      return name.endsWith('k_proj.weight') ? interleaveHeads(blocks, keyHeads) : blocks;
    },
  };
}

function headCounts({ config }: Model): { readonly heads: number; readonly keyHeads: number } {
  const heads = config.count('n_heads', 'num_attention_heads');
  return { heads, keyHeads: config.number('n_kv_heads', 'num_key_value_heads') ?? heads };
}
