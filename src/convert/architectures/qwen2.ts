import { narrow } from '../expressions/index.js';
import { mlpExperts } from './experts.js';
import type { Family, TensorRule } from './family.js';
import { uint } from './keys.js';
import { poolingKeys } from './pooling.js';
import { textKeys } from './text-keys.js';

/** Qwen2 and Qwen2.5, dense. */
export const qwen2: Family = {
  names: [
    'Qwen2ForCausalLM',
    'Qwen2Model',
    'Qwen2AudioForConditionalGeneration',
    'KORMoForCausalLM',
    'AudioFlamingo3ForConditionalGeneration',
    'DotsOCRForCausalLM',
  ],
  gguf: 'qwen2',
  vocabulary: 'sentencepiece-or-bpe',
  keys: [textKeys, poolingKeys],
  rename: (name, { className }) => (className === 'Qwen2Model' ? `model.${name}` : name),
};

/** Qwen1.5-MoE and Qwen2-MoE. */
export const qwen2moe: Family = {
  names: ['Qwen2MoeForCausalLM'],
  gguf: 'qwen2moe',
  vocabulary: 'bpe',
  keys: [
    textKeys,
    uint('expert_feed_forward_length', ['moe_intermediate_size']),
    uint('expert_shared_feed_forward_length', ['shared_expert_intermediate_size']),
  ],
  tensors: (model) => [...fusedExperts(), ...mlpExperts(model, 'num_local_experts', 'num_experts')],
};

/** Checkpoints that store all experts of a block in one tensor already. */
function fusedExperts(): readonly TensorRule[] {
  const whole = /mlp\.experts\.down_proj(?:\.weight)?$/;
  const halves = /mlp\.experts\.gate_up_proj(?:\.weight)?$/;
  return [
    {
      takes: (name) => whole.test(name),
      apply: ({ name, tensor }) => [{ name: `${name.replace(/\.weight$/, '')}.weight`, tensor, settled: true }],
    },
    {
      takes: (name) => halves.test(name),
      apply: ({ name, tensor }) => {
        const length = Math.floor((tensor.shape.at(-2) ?? 0) / 2);
        const base = name.replace(/\.gate_up_proj(?:\.weight)?$/, '');
        return [
          { name: `${base}.gate_proj.weight`, tensor: narrow(tensor, -2, 0, length), settled: true },
          { name: `${base}.up_proj.weight`, tensor: narrow(tensor, -2, length, length), settled: true },
        ];
      },
    },
  ];
}
