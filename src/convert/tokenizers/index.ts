import type { KeyValue } from '../metadata/key-values.js';
import { KeyValues } from '../metadata/key-values.js';
import type { Repository } from '../repository.js';
import { readBpe } from './bpe.js';
import type { TokenizerOptions, TokenizerReader } from './choice.js';
import { readSentencePiece } from './sentencepiece.js';
import { TokenizerFiles } from './tokenizer-files.js';
import { readWordPiece } from './wordpiece.js';

export type { SpecialToken, TokenizerOptions } from './choice.js';

/** The kinds of tokenizer that can be read. */
export type TokenizerKind = 'bpe' | 'sentencepiece' | 'wordpiece';

const READERS: Readonly<Record<TokenizerKind, TokenizerReader>> = {
  // tokenizer.json (or vocab.json and merges.txt) as BPE
  bpe: readBpe,
  // tokenizer.model (SentencePiece BPE)
  sentencepiece: readSentencePiece,
  // BERT's WordPiece
  wordpiece: readWordPiece,
};

/** What an architecture chooses: the kind, and what it says about it. */
export interface TokenizerChoice extends TokenizerOptions {
  readonly kind: TokenizerKind;
}

/**
 * The `tokenizer.*` keys of a GGUF, in the order in which llama.cpp's converter writes them.
 *
 * Throws `TOKENIZER_INVALID` for files that contradict themselves or are beyond all bounds, `TOKENIZER_UNSUPPORTED`
 * for a tokenizer that the reference does not take either (an unknown pre-tokenizer, unless `pre` names one),
 * `JSON_INVALID` for broken JSON.
 */
export async function tokenizerMetadata(repository: Repository, choice: TokenizerChoice): Promise<readonly KeyValue[]> {
  const keys = new KeyValues();
  await READERS[choice.kind](new TokenizerFiles(repository), choice, keys);
  return keys.entries();
}
