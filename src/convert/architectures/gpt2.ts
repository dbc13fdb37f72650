import { concat, transpose, type TensorExpression } from '../expressions/index.js';
import { ggufBlock } from '../names/name-map.js';
import type { Family, TensorRule } from './family.js';
import { fileType, float, uint } from './keys.js';
import { change } from './tensor-rules.js';
import { textKeys } from './text-keys.js';

/** GPT-2, whose linear layers are stored as convolutions: inputs first. */
export const gpt2: Family = {
  names: ['GPT2LMHeadModel'],
  gguf: 'gpt2',
  vocabulary: 'bpe',
  keys: [
    uint('block_count', (model) => model.blockCount),
    uint('context_length', ({ config }) => config.count('n_ctx')),
    uint('embedding_length', ['n_embd']),
    uint('feed_forward_length', ({ config }) => 4 * config.count('n_embd')),
    uint('attention.head_count', ['n_head']),
    float('attention.layer_norm_epsilon', ['layer_norm_epsilon']),
    fileType,
  ],
  tensors: () => [change(['.c_attn.weight', '.c_proj.weight', '.c_fc.weight'], transpose)],
};

/** ruGPT-3 XL: GPT-2 with tensors named as Llama's; queries, keys and values are joined. */
export const rugpt3xl: Family = {
  names: ['RuGPT3XLForCausalLM'],
  gguf: 'gpt2',
  vocabulary: 'bpe',
  keys: [textKeys],
  tensors: () => [joinedAttention()],
};

function joinedAttention(): TensorRule {
  const part = /\.self_attn\.([qkv])_proj\.(weight|bias)$/;
  const waiting = new Map<string, Map<string, TensorExpression>>();
  return {
    takes: (name) => part.test(name),
    apply: ({ name, tensor }) => {
      const [, letter = '', suffix = ''] = part.exec(name) ?? [];
      const joined = `${ggufBlock(name)}.attn_qkv.${suffix}`;
      const seen = (waiting.get(joined) ?? new Map<string, TensorExpression>()).set(letter, tensor);
      waiting.set(joined, seen);
      const found = ['q', 'k', 'v'].flatMap((wanted) => seen.get(wanted) ?? []);
      if (found.length < 3) return [];
      waiting.delete(joined);
      return [{ name: joined, tensor: concat(found), final: true }];
    },
    left: () => [...waiting].flatMap(([joined, seen]) => [...seen.keys()].map((letter) => `${joined}: ${letter}`)),
  };
}
