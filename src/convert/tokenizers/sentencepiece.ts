import type { KeyValues } from '../metadata/key-values.js';
import { applySpecialTokens, type TokenizerOptions } from './choice.js';
import { unsupportedTokenizer } from './limits.js';
import { applyAddedTokensFile, applyDeclaredTokens, decoderTokens, pieceList, type PieceList } from './piece-list.js';
import { parseSentencePieceModel, type SentencePieceModel } from './sentencepiece-model.js';
import { readSpecialVocabulary, writeSpecialVocabulary } from './special-vocabulary.js';
import { writeTokens } from './token-list.js';
import type { TokenizerFiles } from './tokenizer-files.js';

/** Reads a SentencePiece model file, which must be there. */
export async function requireSentencePieceModel(files: TokenizerFiles, path: string): Promise<SentencePieceModel> {
  const bytes = await files.bytes(path);
  if (bytes === undefined) throw unsupportedTokenizer(`the repository has no '${path}'`, path);
  return files.step(() => parseSentencePieceModel(bytes, path));
}

/** tokenizer.model with the tokens that were added later (`_create_vocab_sentencepiece`). */
export async function sentencePieceList(files: TokenizerFiles, vocabSize: number | undefined): Promise<PieceList> {
  const model = await requireSentencePieceModel(files, 'tokenizer.model');
  const size = vocabSize === undefined || vocabSize === 0 ? model.pieces.length : vocabSize;
  const list = await files.step(() => pieceList(model, size, 'tokenizer.model'));
  await applyAddedTokensFile(list, files);
  applyDeclaredTokens(list, await decoderTokens(files));
  return list;
}

/** SentencePiece BPE, llama.cpp's tokenizer `llama` (`_set_vocab_sentencepiece`). */
export async function readSentencePiece(
  files: TokenizerFiles,
  options: TokenizerOptions,
  keys: KeyValues,
): Promise<void> {
  await writePieces(files, options, keys, await sentencePieceList(files, options.vocabSize));
}

/** Writes a list of pieces and the special tokens beside it. */
export async function writePieces(
  files: TokenizerFiles,
  options: TokenizerOptions,
  keys: KeyValues,
  list: PieceList,
): Promise<void> {
  writeTokens(keys, 'llama', options.pre ?? 'default', list);
  const special = await readSpecialVocabulary(files, { merges: false, vocabSize: list.tokens.length });
  applySpecialTokens(special, options.special, (token) => list.tokens.indexOf(token));
  writeSpecialVocabulary(keys, special);
}
