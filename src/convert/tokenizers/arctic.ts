import { isJsonObject, jsonField } from '../../files/index.js';
import type { KeyValues } from '../metadata/key-values.js';
import type { TokenizerOptions } from './choice.js';
import { decoderTokens, pieceList, setPiece } from './piece-list.js';
import { requireSentencePieceModel } from './sentencepiece.js';
import { readSpecialVocabulary, writeSpecialVocabulary } from './special-vocabulary.js';
import { TOKEN_TYPE, writeTokens } from './token-list.js';
import type { TokenizerFiles } from './tokenizer-files.js';

/** Score of a declared token that is not special. */
const DECLARED_SCORE = -10_000;

/**
 * Arctic: SentencePiece, two of whose pieces the tokenizer's configuration declares anew as begin and end. Special
 * tokens keep the score 0 that they would have had in the model file.
 */
export async function readArctic(files: TokenizerFiles, options: TokenizerOptions, keys: KeyValues): Promise<void> {
  const model = await requireSentencePieceModel(files, 'tokenizer.model');
  const list = await files.step(() => pieceList(model, options.vocabSize ?? model.pieces.length, 'tokenizer.model'));
  const unknown = await unknownToken(files);
  for (const { id, content, special } of await decoderTokens(files)) {
    if (id >= list.tokens.length) continue;
    if (!special) setPiece(list, id, content, DECLARED_SCORE, TOKEN_TYPE.USER_DEFINED);
    else setPiece(list, id, content, 0, content === unknown ? TOKEN_TYPE.UNKNOWN : TOKEN_TYPE.CONTROL);
  }
  writeTokens(keys, 'llama', options.pre ?? 'default', list);
  writeSpecialVocabulary(keys, await readSpecialVocabulary(files, { merges: false, vocabSize: list.tokens.length }));
}

async function unknownToken(files: TokenizerFiles): Promise<string | undefined> {
  const config = (await files.object('tokenizer_config.json')) ?? {};
  const token = jsonField(config, 'unk_token');
  if (isJsonObject(token)) return undefined;
  return typeof token === 'string' ? token : undefined;
}
