import type { Family } from './family.js';
import { uint } from './keys.js';
import { textKeys } from './text-keys.js';

/** PLM, with compressed attention. */
export const plm: Family = {
  names: ['PLMForCausalLM'],
  gguf: 'plm',
  vocabulary: 'bpe',
  keys: [
    textKeys,
    uint('vocab_size', ['vocab_size']),
    uint('attention.kv_lora_rank', ({ config }) => config.count('kv_lora_rank')),
    uint('attention.key_length', ({ config }) => config.count('qk_nope_head_dim') + config.count('qk_rope_head_dim')),
    uint('attention.value_length', ({ config }) => config.count('v_head_dim')),
    uint('rope.dimension_count', ({ config }) => config.count('qk_rope_head_dim')),
  ],
};
