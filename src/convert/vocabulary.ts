import type { Family, Model } from './architectures/family.js';
import type { KeyValue } from './metadata/index.js';
import type { Repository } from './repository.js';
import type { TokenizerChoice } from './tokenizers/index.js';

/** What a conversion says about the vocabulary. */
export interface VocabularyOptions {
  /** Name of the pre-tokenizer, for a tokenizer that is not recognised. */
  readonly pre?: string | undefined;
  /** Leaves out the chat template that a model in Mistral's own format gets when it brings none. */
  readonly disableMistralCommunityChatTemplate?: boolean | undefined;
}

/** What a family says about its tokenizer, for this model. */
export function tokenizerChoice(family: Family, model: Model, options: VocabularyOptions): TokenizerChoice {
  const { config } = model;
  // As good as missing to a reader, but not to the reference, which takes the tokenizer's own size only without the key.
  if (family.vocabularyOf === undefined && config.has('vocab_size') && config.find('vocab_size') === undefined) {
    throw config.missing('vocab_size');
  }
  return {
    kind: typeof family.vocabulary === 'function' ? family.vocabulary(model) : family.vocabulary,
    vocabSize: family.vocabularySize?.(model) ?? model.config.number('vocab_size'),
    paddedVocabSize: model.config.number('padded_vocab_size'),
    pre: options.pre,
    tokenTypeCount: family.tokenTypes?.(model),
    maskToken: family.maskToken ?? false,
    ownTokens: family.ownTokens?.(model) ?? [],
    architecture: family.gguf,
    mistralFormat: model.repository.params !== undefined,
    communityTemplate: options.disableMistralCommunityChatTemplate !== true,
    ...(family.special === undefined ? {} : { special: family.special }),
  };
}

/** The vocabulary of the model that was converted last, so that a run does not read again what its plan has read. */
export class VocabularyMemory {
  #key = '';
  #keys: Promise<readonly KeyValue[]> | undefined;

  /** What was read from the same files for the same choice, or what `read` gives. A failure is not remembered. */
  async recall(
    { snapshot }: Repository,
    choice: TokenizerChoice,
    read: () => Promise<readonly KeyValue[]>,
  ): Promise<readonly KeyValue[]> {
    const { kind, url, revision } = snapshot.source;
    const key = JSON.stringify([kind, url, revision, snapshot.files.map(({ path }) => path), choice]);
    if (this.#keys === undefined || this.#key !== key) [this.#key, this.#keys] = [key, read()];
    return this.#keys.catch((error: unknown) => {
      this.#keys = undefined;
      throw error;
    });
  }
}
