import type { Family } from './family.js';
import { poolingKeys } from './pooling.js';
import { textKeys } from './text-keys.js';

/** Qwen2 and Qwen2.5, dense. */
export const qwen2: Family = {
  names: ['Qwen2ForCausalLM', 'Qwen2Model', 'KORMoForCausalLM'],
  gguf: 'qwen2',
  vocabulary: 'sentencepiece-or-bpe',
  keys: [textKeys, poolingKeys],
  rename: (name, { className }) => (className === 'Qwen2Model' ? `model.${name}` : name),
};
