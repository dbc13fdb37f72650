import type { Family } from './family.js';
import { llama } from './llama.js';

/** The language model of CogVLM; its experts for images are further tensors of every block. */
export const cogvlm: Family = { ...llama, names: ['CogVLMForCausalLM'], gguf: 'cogvlm' };
