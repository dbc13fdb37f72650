import type { Family } from './family.js';
import { uint } from './keys.js';
import { textKeys } from './text-keys.js';

/** Maincoder. */
export const maincoder: Family = {
  names: ['MaincoderForCausalLM'],
  gguf: 'maincoder',
  vocabulary: 'bpe',
  keys: [textKeys, uint('rope.dimension_count', ['head_dim'])],
};
