import type { KeyValues } from '../metadata/key-values.js';
import type { TokenizerOptions } from './choice.js';
import { invalidTokenizer, unsupportedTokenizer } from './limits.js';
import { applyAddedTokensFile, pieceList, type PieceList } from './piece-list.js';
import { MODEL_TYPE, type SentencePieceModel } from './sentencepiece-model.js';
import { readSentencePiece, requireSentencePieceModel } from './sentencepiece.js';
import { readSpecialVocabulary, writeSpecialVocabulary } from './special-vocabulary.js';
import { writeTokens } from './token-list.js';
import type { TokenizerFiles } from './tokenizer-files.js';

/** SentencePiece Unigram, llama.cpp's tokenizer `t5` (T5 and its kin). A BPE model takes the usual way. */
export async function readUnigram(files: TokenizerFiles, options: TokenizerOptions, keys: KeyValues): Promise<void> {
  const path = files.has('tokenizer.model') ? 'tokenizer.model' : 'spiece.model';
  const model = await requireSentencePieceModel(files, path);
  if (model.modelType === MODEL_TYPE.BPE && path === 'tokenizer.model') return readSentencePiece(files, options, keys);
  requireUnigram(model, path);
  const size = options.vocabSize ?? model.pieces.length;
  if (model.pieces.length > size) {
    throw invalidTokenizer(
      'the tokenizer has more tokens than the model',
      path,
      `${model.pieces.length}, ${size} rows`,
    );
  }
  const list = await files.step(() => pieceList(model, size, path));
  await applyAddedTokensFile(list, files);
  return writeUnigram(files, keys, list, { ...model, pre: options.pre });
}

/** Throws `TOKENIZER_UNSUPPORTED` unless the model is a Unigram one. */
export function requireUnigram(model: SentencePieceModel, path: string): void {
  if (model.modelType === MODEL_TYPE.UNIGRAM) return;
  throw unsupportedTokenizer(`'${path}' is not a Unigram model`, path);
}

/** What a Unigram tokenizer does to a text before it cuts. */
export interface UnigramRules {
  readonly addDummyPrefix: boolean;
  readonly removeExtraWhitespaces: boolean;
  readonly precompiledCharsmap: Uint8Array;
  readonly pre?: string | undefined;
  /** The BERT family's `tokenizer.ggml.token_type_count`. */
  readonly tokenTypeCount?: number | undefined;
}

/** Writes a Unigram vocabulary with its rules. */
export async function writeUnigram(
  files: TokenizerFiles,
  keys: KeyValues,
  list: PieceList,
  rules: UnigramRules,
): Promise<void> {
  writeTokens(keys, 't5', rules.pre ?? 'default', list);
  keys.bool('tokenizer.ggml.add_space_prefix', rules.addDummyPrefix);
  if (rules.tokenTypeCount !== undefined) keys.uint32('tokenizer.ggml.token_type_count', rules.tokenTypeCount);
  keys.bool('tokenizer.ggml.remove_extra_whitespaces', rules.removeExtraWhitespaces);
  keys.array('tokenizer.ggml.precompiled_charsmap', 'UINT8', rules.precompiledCharsmap);
  writeSpecialVocabulary(keys, await readSpecialVocabulary(files, { merges: false, vocabSize: list.tokens.length }));
}
