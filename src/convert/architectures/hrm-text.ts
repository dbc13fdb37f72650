import { splitAxis } from '../expressions/index.js';
import type { Family, Model, NamedTensor, TensorRule } from './family.js';
import { bool, float, uint } from './keys.js';
import { textKeys } from './text-keys.js';

/** HRM Text: two stacks of blocks that are run through in cycles. `block_count` counts runs, not blocks. */
export const hrmText: Family = {
  names: ['HrmTextForCausalLM'],
  gguf: 'hrm_text',
  vocabulary: 'bpe',
  blockCount: (config) =>
    (config.number('num_layers_per_stack') || config.count('num_hidden_layers')) *
    config.count('H_cycles') *
    (config.count('L_cycles') + 1),
  keys: [
    textKeys,
    uint(
      'rope.dimension_count',
      ({ config }) =>
        config.number('head_dim') || Math.floor(config.count('hidden_size') / config.count('num_attention_heads')),
    ),
    float('embedding_scale', ({ config }) => config.need('embedding_scale')),
    uint('hrm.layers_per_stack', layersPerStack),
    uint('hrm.h_cycles', ({ config }) => config.count('H_cycles')),
    uint('hrm.l_cycles', ({ config }) => config.count('L_cycles')),
    bool('hrm.prefix_lm', ({ config }) => config.boolean('prefix_lm') ?? false),
  ],
  tensors: (model) => [
    {
      takes: (name) => name === 'model.z_L_init',
      apply: ({ tensor }) => [{ name: 'hrm.z_l_init', tensor, final: true }],
    },
    stacks(layersPerStack(model)),
  ],
};

function layersPerStack({ config }: Model): number {
  return config.number('num_layers_per_stack') || config.count('num_hidden_layers');
}

/** The lower stack's blocks come first. */
function stacks(layers: number): TensorRule {
  const pattern = /^model\.([LH])_module\.layers\.(\d+)\.(.+)$/;
  return {
    takes: (name) => pattern.test(name),
    apply: ({ name, tensor }) => {
      const [, stack, layer, rest = ''] = pattern.exec(name) ?? [];
      const block = Number(layer) + (stack === 'H' ? layers : 0);
      if (rest === 'attn.gqkv_proj.weight') return parts(tensor, block, ['attn_gate', 'attn_q', 'attn_k', 'attn_v']);
      if (rest === 'mlp.gate_up_proj.weight') return parts(tensor, block, ['ffn_gate', 'ffn_up']);
      return [{ name: `model.layers.${block}.${rest.replace(/^attn\./, 'self_attn.')}`, tensor }];
    },
  };
}

function parts(tensor: NamedTensor['tensor'], block: number, names: readonly string[]): readonly NamedTensor[] {
  const rows = Math.floor((tensor.shape[0] ?? 0) / names.length);
  const pieces = splitAxis(
    tensor,
    0,
    names.map(() => rows),
  );
  return pieces.map((piece, index) => ({
    name: `blk.${block}.${names[index] ?? ''}.weight`,
    tensor: piece,
    final: true,
  }));
}
