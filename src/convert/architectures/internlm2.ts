import { ggufBlock } from '../names/name-map.js';
import type { Family } from './family.js';
import { splitGroups } from './fused-attention.js';
import { interleaveHeads } from './tensor-rules.js';
import { textKeys } from './text-keys.js';

/** InternLM 2 and 2.5, whose queries, keys and values come in groups. */
export const internlm2: Family = {
  names: ['InternLM2ForCausalLM'],
  gguf: 'internlm2',
  vocabulary: 'internlm2',
  keys: [textKeys],
  tensors: ({ config }) => [
    {
      takes: (name) => name.includes('.attention.wqkv'),
      apply: ({ name, tensor }) => {
        const heads = config.count('num_attention_heads');
        const keyHeads = Math.max(1, config.count('num_key_value_heads'));
        const length = Math.floor(config.count('hidden_size') / Math.max(1, heads));
        const [query, key, value] = splitGroups(tensor, keyHeads, Math.floor(heads / keyHeads), length);
        return [
          { name: `${ggufBlock(name)}.attn_q.weight`, tensor: interleaveHeads(query, heads), final: true },
          { name: `${ggufBlock(name)}.attn_k.weight`, tensor: interleaveHeads(key, keyHeads), final: true },
          { name: `${ggufBlock(name)}.attn_v.weight`, tensor: value, final: true },
        ];
      },
    },
  ],
};
