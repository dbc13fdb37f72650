import type { Family } from './family.js';
import { textKeys } from './text-keys.js';

/** Seed-OSS. */
export const seedOss: Family = {
  names: ['SeedOssForCausalLM'],
  gguf: 'seed_oss',
  vocabulary: 'bpe',
  keys: [textKeys],
};
