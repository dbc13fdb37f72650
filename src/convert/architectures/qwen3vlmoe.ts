import { narrow, transpose } from '../expressions/index.js';
import type { Family, TensorRule } from './family.js';
import { uint } from './keys.js';
import { qwen2moe } from './qwen2.js';

/** The language model of Qwen3-VL with experts, which are stored together, inputs first. */
export const qwen3vlmoe: Family = {
  ...qwen2moe,
  names: ['Qwen3VLMoeForConditionalGeneration'],
  gguf: 'qwen3vlmoe',
  keys: [
    ...qwen2moe.keys,
    uint(
      'n_deepstack_layers',
      ({ config }) => (config.object('vision_config')?.numbers('deepstack_visual_indexes') ?? []).length,
    ),
  ],
  rename: (name) => name.replaceAll('thinker.', ''),
  tensors: (model) => [down(), gateUp(), ...(qwen2moe.tensors?.(model) ?? [])],
};

function down(): TensorRule {
  return {
    takes: (name) => /mlp\.experts\.down_proj(?:\.weight)?$/.test(name),
    apply: ({ name, tensor }) => [
      { name: `${name.replace(/\.weight$/, '')}.weight`, tensor: transpose(tensor), settled: true },
    ],
  };
}

function gateUp(): TensorRule {
  return {
    takes: (name) => /mlp\.experts\.gate_up_proj(?:\.weight)?$/.test(name),
    apply: ({ name, tensor }) => {
      const half = Math.floor((tensor.shape.at(-1) ?? 0) / 2);
      const base = name.replace(/\.gate_up_proj(?:\.weight)?$/, '');
      return [
        { name: `${base}.gate_proj.weight`, tensor: transpose(narrow(tensor, -1, 0, half)), settled: true },
        { name: `${base}.up_proj.weight`, tensor: transpose(narrow(tensor, -1, half, half)), settled: true },
      ];
    },
  };
}
