import { jsonField } from '../../files/index.js';
import type { KeyValues } from '../metadata/key-values.js';
import { readBpe } from './bpe.js';
import type { TokenizerOptions } from './choice.js';
import { applyAddedTokensFile, applyLiteralTokens, decoderTokens, definitionTokens, pieceList } from './piece-list.js';
import { requireSentencePieceModel, writePieces } from './sentencepiece.js';
import type { TokenizerFiles } from './tokenizer-files.js';

/** Phi-3: SentencePiece with the added tokens word for word. Phi-4, whose class is GPT-2's, is byte-level BPE. */
export async function readPhi3(files: TokenizerFiles, options: TokenizerOptions, keys: KeyValues): Promise<void> {
  const config = await files.object('tokenizer_config.json');
  if (config !== undefined && jsonField(config, 'tokenizer_class') === 'GPT2Tokenizer')
    return readBpe(files, options, keys);
  const model = await requireSentencePieceModel(files, 'tokenizer.model');
  const list = await files.step(() => pieceList(model, options.vocabSize ?? model.pieces.length, 'tokenizer.model'));
  await applyAddedTokensFile(list, files);
  const declared = await decoderTokens(files);
  await files.step(() => applyLiteralTokens(list, declared, 'tokenizer_config.json'));
  const listed = await definitionTokens(files);
  await files.step(() => applyLiteralTokens(list, listed, 'tokenizer.json'));
  return writePieces(files, options, keys, list);
}
