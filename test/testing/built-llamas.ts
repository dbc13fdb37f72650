import type { LlamaOptions } from '../../src/testing/index.js';

/** Models whose bytes, and what llama.cpp's converter makes of them, are pinned in `golden/built-llama.json`. */
export const BUILT_LLAMAS: Readonly<Record<string, LlamaOptions>> = {
  'tiny-llama': {},
  'tiny-llama-sharded': { dtype: 'F32', shards: 3, tied: true, vocab: 3000, heads: 8, kvHeads: 1 },
  'tiny-llama-odd': { dtype: 'F16', layers: 3, hidden: 96, intermediate: 101, kvHeads: 4, vocab: 354, seed: 7 },
};
