import { SlipwayError } from '../../core/index.js';
import { wrongShape } from '../expressions/index.js';
import { ggufBlock } from '../names/name-map.js';
import type { Family, Model } from './family.js';
import { bools, uint } from './keys.js';
import { change } from './tensor-rules.js';
import { textKeys } from './text-keys.js';

/** Spark 2.5: attention within a window in most layers, gated head by head. */
export const spark25: Family = {
  names: ['Spark2_5ForCausalLM'],
  gguf: 'spark2_5',
  vocabulary: 'bpe',
  adjust: (config) => {
    const fits =
      config.string('gate_attn_act_mode') === 'sigmoid' &&
      config.boolean('headwise_attn_output_gate') === true &&
      config.string('hidden_act') === 'gelu';
    if (fits) return config;
    throw new SlipwayError('ARCH_UNSUPPORTED', 'this form of Spark 2.5 cannot be converted', {
      where: 'config.json',
      try: 'llama.cpp knows gates by sigmoid for each head, and GELU',
    });
  },
  keys: [
    textKeys,
    uint('vocab_size', ({ config }) => config.count('vocab_size')),
    uint('attention.sliding_window', ({ config }) => config.count('sliding_window')),
    bools('attention.sliding_window_pattern', ({ config }) =>
      config.strings('layer_types')?.map((type) => type === 'sliding_attention'),
    ),
    uint('rope.dimension_count', (model) => rotated(model, 'full_attention')),
    uint('rope.dimension_count_swa', (model) => rotated(model, 'sliding_attention')),
  ],
  tensors: ({ config }) => [
    {
      takes: (name) => name.endsWith('.self_attn.q_k_v_proj.weight'),
      apply: ({ name, tensor }) => [{ name: `${ggufBlock(name)}.attn_qkv.weight`, tensor, final: true }],
    },
    change(['.self_attn.g_proj.weight'], (tensor) => {
      if (tensor.shape[0] !== config.count('num_attention_heads')) throw wrongShape(tensor, 'is no gate for each head');
      return tensor;
    }),
  ],
};

function rotated({ config, rope }: Model, kind: string): number {
  const values = rope.object(kind);
  if (values === undefined) throw rope.missing(kind);
  return Math.trunc(config.count('head_dim') * values.need('partial_rotary_factor'));
}
