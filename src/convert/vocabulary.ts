import type { Model, Vocabulary } from './architectures/family.js';
import type { TokenizerChoice, TokenizerKind } from './tokenizers/index.js';

/** The tokenizer that a family's vocabulary means in this repository: some families take what they find. */
export function tokenizerChoice(vocabulary: Vocabulary, model: Model, pre: string | undefined): TokenizerChoice {
  const { config, repository } = model;
  const hasModel = repository.file('tokenizer.model') !== undefined;
  const kind: TokenizerKind =
    vocabulary === 'llama' || vocabulary === 'sentencepiece-or-bpe' ? (hasModel ? 'sentencepiece' : 'bpe') : vocabulary;
  return {
    kind,
    vocabSize: config.number('vocab_size'),
    pre,
    tokenTypeCount: kind === 'wordpiece' ? (config.number('type_vocab_size') ?? 1) : undefined,
  };
}
