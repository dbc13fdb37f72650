import type { KeyValues } from '../metadata/key-values.js';
import { invalidTokenizer } from './limits.js';
import { setSpecial, type SpecialVocabulary } from './special-vocabulary.js';
import type { TokenizerFiles } from './tokenizer-files.js';

/** A special token that the family sets itself: by id, or by the text of an added token. */
export interface SpecialToken {
  readonly role: string;
  readonly id?: number;
  readonly token?: string;
  /** Replaces what the files say; otherwise these win. */
  readonly replace?: boolean;
}

/** What an architecture says about its tokenizer. */
export interface TokenizerOptions {
  /** Rows of the embedding: the token list is filled up to it. The tokenizer's own size without it. */
  readonly vocabSize?: number | undefined;
  /** Rows of the vocabulary with its padding, where the configuration tells these apart (ChatGLM). */
  readonly paddedVocabSize?: number | undefined;
  /** Roles of special tokens to look up instead of the usual ones. */
  readonly roles?: readonly string[] | undefined;
  /** Name for `tokenizer.ggml.pre` instead of finding it out (`--pre`). */
  readonly pre?: string | undefined;
  readonly special?: readonly SpecialToken[];
  /** `type_vocab_size`: written as `tokenizer.ggml.token_type_count` (the BERT family). */
  readonly tokenTypeCount?: number | undefined;
  /** `general.architecture`, for the one model key that Mistral's way writes among the tokenizer's. */
  readonly architecture?: string | undefined;
  /** `--mistral-format`: a chat_template.jinja beside the tokenizer counts. */
  readonly mistralFormat?: boolean;
  /** False leaves out the chat template of a repository in Mistral's format that brings none. */
  readonly communityTemplate?: boolean;
  /** Tokens that stand for other parts of the model: in the last places, or behind all others. */
  readonly ownTokens?: readonly string[];
  /** Puts XLM-RoBERTa's mask token, which its model file lacks, in its place (Nomic's mixture of experts). */
  readonly maskToken?: boolean;
}

/** Reads one kind of tokenizer and writes its keys in the reference's order. */
export type TokenizerReader = (files: TokenizerFiles, options: TokenizerOptions, keys: KeyValues) => Promise<void>;

/** Sets the special tokens that the family knows of; texts are looked up among the added tokens. */
export function applySpecialTokens(
  special: SpecialVocabulary,
  tokens: readonly SpecialToken[] | undefined,
  idOf: (token: string) => number | undefined,
): void {
  for (const { role, id, token, replace } of tokens ?? []) {
    const value = token === undefined ? id : idOf(token);
    if (value === undefined) {
      throw invalidTokenizer(`the tokenizer lacks the token for '${role}'`, 'tokenizer.json', token ?? 'no id');
    }
    if (replace === true) special.ids.set(role, value);
    else setSpecial(special.ids, role, value);
  }
}
