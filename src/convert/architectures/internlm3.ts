import type { Family } from './family.js';
import { llamaKeys, rotatedHeads } from './llama.js';

/** InternLM 3: a Llama with a tokenizer of its own. */
export const internlm3: Family = {
  names: ['InternLM3ForCausalLM'],
  gguf: 'llama',
  vocabulary: 'internlm3',
  keys: [llamaKeys],
  rename: (name) => (name.startsWith('mlp') || name.startsWith('vision_model') ? undefined : name),
  tensors: rotatedHeads,
};
