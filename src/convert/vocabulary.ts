import type { Family, Model } from './architectures/family.js';
import type { TokenizerChoice, TokenizerKind } from './tokenizers/index.js';

/** The tokenizer that a family's vocabulary means in this repository: some families take what they find. */
export function tokenizerChoice(family: Family, model: Model, pre: string | undefined): TokenizerChoice {
  const { config, repository } = model;
  const vocabulary = typeof family.vocabulary === 'function' ? family.vocabulary(model) : family.vocabulary;
  const found: TokenizerKind = repository.file('tokenizer.model') === undefined ? 'bpe' : 'sentencepiece';
  const kind = vocabulary === 'sentencepiece-or-bpe' ? found : vocabulary;
  return {
    kind,
    vocabSize: config.number('vocab_size'),
    pre,
    tokenTypeCount: kind === 'wordpiece' ? (config.number('type_vocab_size') ?? 1) : undefined,
    ...(family.special === undefined ? {} : { special: family.special }),
  };
}
