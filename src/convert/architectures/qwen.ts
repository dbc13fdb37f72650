import type { Family } from './family.js';
import { textKeys } from './text-keys.js';

/** Qwen of the first generation, whose tokenizer is a tiktoken file. */
export const qwen: Family = {
  names: ['QWenLMHeadModel'],
  gguf: 'qwen',
  vocabulary: 'qwen',
  keys: [textKeys],
};
