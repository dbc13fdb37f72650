import type { Family, Model } from './family.js';
import { bools, uint, when } from './keys.js';
import { llama3RopeFactors } from './rope.js';
import { textKeys } from './text-keys.js';

/** EXAONE 3 and 3.5. */
export const exaone: Family = {
  names: ['ExaoneForCausalLM'],
  gguf: 'exaone',
  vocabulary: 'bpe',
  keys: [
    textKeys,
    uint('rope.dimension_count', ({ config, rope }) => {
      const length = Math.floor(config.count('hidden_size') / Math.max(1, config.count('num_attention_heads')));
      return Math.trunc((rope.number('partial_rotary_factor') ?? 1) * length);
    }),
  ],
  extra: llama3RopeFactors,
};

/** EXAONE 4. */
export const exaone4: Family = {
  names: ['Exaone4ForCausalLM'],
  gguf: 'exaone4',
  vocabulary: 'bpe',
  keys: [
    textKeys,
    uint('vocab_size', ['vocab_size']),
    when(
      ({ config }) => config.number('sliding_window') !== undefined,
      uint('attention.sliding_window', ['sliding_window']),
      bools('attention.sliding_window_pattern', slidingLayers),
    ),
  ],
  extra: llama3RopeFactors,
};

/** From the list of layer types, or a pattern: letters (`LLLG`), or every how many layers one sees everything. */
function slidingLayers({ config, blockCount }: Model): readonly boolean[] | undefined {
  const types = config.strings('layer_types');
  if (types !== undefined) return types.map((type) => type === 'sliding_attention');
  const pattern = config.find('sliding_window_pattern');
  const layers = Array.from({ length: blockCount }, (_, index) => index);
  if (typeof pattern === 'string') return layers.map((index) => pattern[index % pattern.length] === 'L');
  return typeof pattern === 'number' ? layers.map((index) => (index + 1) % pattern !== 0) : undefined;
}
