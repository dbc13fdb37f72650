import { narrow, transpose } from '../expressions/index.js';
import type { Family } from './family.js';
import { uint } from './keys.js';
import { llama, llamaKeys } from './llama.js';

/** The language model of Llama 4, whose experts are stored together, inputs first. */
export const llama4: Family = {
  ...llama,
  names: ['Llama4ForConditionalGeneration', 'Llama4ForCausalLM'],
  gguf: 'llama4',
  vocabulary: 'bpe',
  // Its heads come in the order in which they are rotated.
  nvfp4: () => ({}),
  // The feed-forward length that other families mean is called another name here.
  adjust: (config) =>
    config.with([
      ['intermediate_size_moe', config.count('intermediate_size')],
      ['intermediate_size', config.count('intermediate_size_mlp')],
    ]),
  keys: [
    llamaKeys,
    uint('interleave_moe_layer_step', ({ config }) => config.count('interleave_moe_layer_step')),
    uint('expert_feed_forward_length', ({ config }) => config.count('intermediate_size_moe')),
    uint('attention.sliding_window', ({ config }) =>
      config.strings('layer_types')?.every((type) => type === 'full_attention') === true ? 0 : undefined,
    ),
  ],
  tensors: () => [
    {
      takes: (name) => name.includes('gate_up_proj'),
      apply: ({ name, tensor }) => {
        const rows = transpose(tensor);
        const half = Math.floor((rows.shape.at(-2) ?? 0) / 2);
        return [
          { name: name.replace('gate_up_proj', 'gate_proj.weight'), tensor: narrow(rows, -2, 0, half) },
          { name: name.replace('gate_up_proj', 'up_proj.weight'), tensor: narrow(rows, -2, half, half) },
        ];
      },
    },
    {
      takes: (name) => name.endsWith('down_proj'),
      apply: ({ name, tensor }) => [{ name: `${name}.weight`, tensor: transpose(tensor) }],
    },
  ],
};
