import { ternary } from '../expressions/index.js';
import type { Family } from './family.js';
import { constant, float } from './keys.js';
import { change } from './tensor-rules.js';
import { textKeys } from './text-keys.js';

/** BitNet b1.58 from its 16-bit weights: the matrices that the model multiplies by become ternary. */
export const bitnet: Family = {
  names: ['BitnetForCausalLM', 'BitNetForCausalLM'],
  gguf: 'bitnet',
  vocabulary: 'sentencepiece',
  keys: [textKeys, constant('rope.scaling.type', 'linear'), float('rope.scaling.factor', () => 1)],
  tensors: () => [
    change(
      [
        ...['q', 'k', 'v', 'o'].map((part) => `self_attn.${part}_proj.weight`),
        ...['gate', 'up', 'down'].map((part) => `mlp.${part}_proj.weight`),
      ],
      ternary,
    ),
  ],
};
