import type { Family, Model } from './family.js';
import { constant, uint } from './keys.js';
import { change, interleaveHeads } from './tensor-rules.js';
import { textKeys } from './text-keys.js';

/** XVERSE. */
export const xverse: Family = {
  names: ['XverseForCausalLM'],
  gguf: 'xverse',
  vocabulary: 'xverse',
  keys: [
    textKeys,
    constant('tensor_data_layout', 'Meta AI original pth'),
    uint('rope.dimension_count', ({ config }) =>
      Math.floor(config.count('hidden_size') / config.count('num_attention_heads')),
    ),
  ],
  tensors: (model) => [
    change(['q_proj.weight'], (tensor) => interleaveHeads(tensor, model.config.count('num_attention_heads'))),
    change(['k_proj.weight'], (tensor) => interleaveHeads(tensor, keyGroups(model))),
  ],
};

/** The reference divides the heads of queries by those of keys; both are equal in all published checkpoints. */
function keyGroups({ config }: Model): number {
  const heads = config.count('num_attention_heads');
  const keyHeads = config.number('num_key_value_heads') ?? heads;
  return heads === keyHeads ? heads : Math.floor(heads / keyHeads);
}
