import type { Family } from './family.js';
import { qwen2, qwen2moe } from './qwen2.js';

/** Qwen3, dense. */
export const qwen3: Family = {
  ...qwen2,
  names: ['Qwen3ForCausalLM', 'Qwen3Model'],
  gguf: 'qwen3',
  rename: (name) => name,
};

/** Qwen3 with experts. */
export const qwen3moe: Family = { ...qwen2moe, names: ['Qwen3MoeForCausalLM'], gguf: 'qwen3moe' };
