import { narrow } from '../expressions/index.js';
import { ggufBlock } from '../names/name-map.js';
import type { Family, Model, TensorRule } from './family.js';
import { fileType, float, uint } from './keys.js';

/** Refact, a model for code with one head of keys and values. */
export const refact: Family = {
  names: ['GPTRefactForCausalLM'],
  gguf: 'refact',
  vocabulary: 'refact',
  keys: [
    uint('context_length', ({ config }) => config.count('n_positions')),
    uint('embedding_length', ({ config }) => config.count('n_embd')),
    uint('feed_forward_length', feedForwardLength),
    uint('block_count', (model) => model.blockCount),
    uint('attention.head_count', ({ config }) => config.count('n_head')),
    uint('attention.head_count_kv', () => 1),
    float('attention.layer_norm_rms_epsilon', ({ config }) => config.need('layer_norm_epsilon')),
    fileType,
  ],
  tensors: (model) => [
    halves(
      'attn.kv.weight',
      Math.floor(model.config.count('n_embd') / model.config.count('n_head')),
      'attn_k',
      'attn_v',
    ),
    {
      takes: (name) => name.endsWith('.attn.q.weight'),
      apply: ({ name, tensor }) => [{ name: `${ggufBlock(name)}.attn_q.weight`, tensor, final: true }],
    },
    halves('mlp.gate_up_proj.weight', feedForwardLength(model), 'ffn_gate', 'ffn_up'),
  ],
};

/** Two thirds of four times the width, rounded up to 256. */
function feedForwardLength({ config }: Model): number {
  const two = Math.trunc((2 * 4 * config.count('n_embd')) / 3);
  return 256 * Math.floor((two + 255) / 256);
}

function halves(ending: string, length: number, first: string, second: string): TensorRule {
  return {
    takes: (name) => name.endsWith(`.${ending}`),
    apply: ({ name, tensor }) => [
      { name: `${ggufBlock(name)}.${first}.weight`, tensor: narrow(tensor, 0, 0, length), final: true },
      {
        name: `${ggufBlock(name)}.${second}.weight`,
        tensor: narrow(tensor, 0, length, (tensor.shape[0] ?? 0) - length),
        final: true,
      },
    ],
  };
}
