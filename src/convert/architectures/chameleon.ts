import { permuteAxes, narrow, reshape, stack, type TensorExpression } from '../expressions/index.js';
import type { Family, Model, TensorRule } from './family.js';
import { bool } from './keys.js';
import { rotatedHeads } from './llama.js';
import { change } from './tensor-rules.js';
import { textKeys } from './text-keys.js';

/** Chameleon without its image tokenizer. */
export const chameleon: Family = {
  names: ['ChameleonForConditionalGeneration', 'ChameleonForCausalLM'],
  gguf: 'chameleon',
  vocabulary: 'bpe',
  keys: [textKeys, bool('swin_norm', ({ config }) => config.boolean('swin_norm') ?? false)],
  rename: (name) => (name.startsWith('model.vqmodel') ? undefined : name),
  tensors: (model) => [...rotatedHeads(model), ...rotatedNorms(model)],
};

/** Norms of queries and keys in ggml's order of rotation: the first head's, for all heads. */
function rotatedNorms({ config }: Model): readonly TensorRule[] {
  const heads = config.count('num_attention_heads');
  const width = config.count('hidden_size');
  const forHeads =
    (count: number) =>
    (tensor: TensorExpression): TensorExpression => {
      const length = Math.floor(width / count);
      const first = reshape(narrow(tensor, 0, 0, 1), [2, Math.floor(length / 2)]);
      const row = reshape(permuteAxes(first, [1, 0]), [length]);
      return stack(Array.from({ length: count }, () => row));
    };
  return [
    change(['q_norm.weight', 'q_norm.bias'], forHeads(heads)),
    change(['k_norm.weight', 'k_norm.bias'], forHeads(config.number('num_key_value_heads') ?? heads)),
  ];
}
