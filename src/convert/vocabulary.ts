import type { Family, Model } from './architectures/family.js';
import type { TokenizerChoice } from './tokenizers/index.js';

/** What a family says about its tokenizer, for this model. */
export function tokenizerChoice(family: Family, model: Model, pre: string | undefined): TokenizerChoice {
  return {
    kind: typeof family.vocabulary === 'function' ? family.vocabulary(model) : family.vocabulary,
    vocabSize: family.vocabularySize?.(model) ?? model.config.number('vocab_size'),
    paddedVocabSize: model.config.number('padded_vocab_size'),
    pre,
    tokenTypeCount: family.tokenTypes?.(model),
    maskToken: family.maskToken ?? false,
    ...(family.special === undefined ? {} : { special: family.special }),
  };
}
