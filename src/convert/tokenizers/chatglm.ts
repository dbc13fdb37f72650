import { jsonField } from '../../files/index.js';
import type { KeyValues } from '../metadata/key-values.js';
import { readBpe } from './bpe.js';
import type { TokenizerOptions } from './choice.js';
import { invalidTokenizer } from './limits.js';
import { decoderTokens, pieceList, setPiece } from './piece-list.js';
import { requireSentencePieceModel } from './sentencepiece.js';
import { readSpecialVocabulary, writeSpecialVocabulary } from './special-vocabulary.js';
import { TOKEN_TYPE, writeTokens } from './token-list.js';
import type { TokenizerFiles } from './tokenizer-files.js';

const FILE = 'tokenizer.model';
/** How the reference knows the one model that is read this way: by its name in config.json. */
const NAME = 'THUDM/chatglm3-6b';
const SPECIAL = '[MASK] [gMASK] [sMASK] sop eop <|system|> <|user|> <|assistant|> <|observation|>'.split(' ');

/** ChatGLM 3: SentencePiece with the special tokens of the model's code behind its pieces. Others are BPE. */
export async function readChatGlm(files: TokenizerFiles, options: TokenizerOptions, keys: KeyValues): Promise<void> {
  const name = jsonField(files.repository.config, '_name_or_path');
  if (typeof name !== 'string' || !name.includes(NAME)) return readBpe(files, options, keys);
  const model = await requireSentencePieceModel(files, FILE);
  const base = model.pieces.length;
  const highest = (await decoderTokens(files)).reduce((most, { id }) => Math.max(most, id), base + SPECIAL.length - 1);
  const size = options.paddedVocabSize ?? highest + 1;
  if (highest >= size) {
    throw invalidTokenizer('the tokenizer has more tokens than the model', FILE, `id ${highest}, ${size} rows`);
  }
  const list = await files.step(() => pieceList(model, size, FILE));
  list.scores.fill(0, base);
  for (const [index, token] of SPECIAL.entries()) setPiece(list, base + index, token, 0, TOKEN_TYPE.CONTROL);
  for (const [id, token] of ['<unk>', '<bos>', '<eos>'].entries()) list.tokens[id] = token;
  writeTokens(keys, 'llama', options.pre ?? 'chatglm-spm', list);
  writeSpecialVocabulary(keys, await readSpecialVocabulary(files, { merges: false, vocabSize: size }));
}
