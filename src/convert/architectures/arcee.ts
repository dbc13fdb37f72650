import type { Family } from './family.js';
import { llama, llamaKeys } from './llama.js';
import { poolingKeys } from './pooling.js';

/** Arcee's AFM. */
export const arcee: Family = { ...llama, names: ['ArceeForCausalLM'], gguf: 'arcee', keys: [llamaKeys, poolingKeys] };
