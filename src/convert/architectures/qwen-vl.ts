import type { Family } from './family.js';
import { uint } from './keys.js';
import { qwen3 } from './qwen3.js';
import { textKeys } from './text-keys.js';

/** The language model of Qwen2-VL and Qwen2.5-VL. */
export const qwen2vl: Family = {
  names: ['Qwen2VLForConditionalGeneration', 'Qwen2_5_VLForConditionalGeneration', 'Qwen2VLModel', 'Qwen2_5OmniModel'],
  gguf: 'qwen2vl',
  vocabulary: 'sentencepiece-or-bpe',
  keys: [textKeys],
  rename: (name) => name.replace(/^thinker\./, ''),
};

/** The language model of Qwen3-VL. */
export const qwen3vl: Family = {
  ...qwen3,
  names: ['Qwen3VLForConditionalGeneration'],
  gguf: 'qwen3vl',
  keys: [
    ...qwen3.keys,
    uint(
      'n_deepstack_layers',
      ({ config }) => (config.object('vision_config')?.numbers('deepstack_visual_indexes') ?? []).length,
    ),
  ],
  rename: (name) => name.replaceAll('thinker.', ''),
};
