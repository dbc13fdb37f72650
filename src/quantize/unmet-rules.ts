import { searcher } from '../files/index.js';
import type { GgufTensor } from '../gguf/index.js';
import type { MixOptions } from './options.js';

/** Options that choose tensors by name and choose none of this model's: a misspelt one would go unnoticed. One line each. */
export function unmetRules(options: MixOptions, tensors: readonly GgufTensor[]): readonly string[] {
  const { tensorTypes = [], excludeWeights = [], includeWeights = [], imatrix } = options;
  const matrices = tensors.filter(({ dimensions }) => dimensions.length >= 2).map(({ name }) => name);
  const types = tensorTypes.flatMap(([pattern, type]) => {
    const matches = searcher(pattern);
    return matrices.some((name) => matches(name))
      ? []
      : [`--tensor-type ${pattern}=${type} meets 0 of ${matrices.length} matrices`];
  });
  const named = [
    ...excludeWeights.map((part) => ['--exclude-weights', part] as const),
    ...includeWeights.map((part) => ['--include-weights', part] as const),
  ];
  if (imatrix === undefined) {
    return [...types, ...named.map(([flag, part]) => `${flag} ${part} does nothing without an importance matrix`)];
  }
  const entries = [...imatrix.entries.keys()];
  const weights = named.flatMap(([flag, part]) =>
    entries.some((name) => name.includes(part))
      ? []
      : [`${flag} ${part} meets 0 of ${entries.length} entries of the importance matrix`],
  );
  return [...types, ...weights];
}
