import { jsonField } from '../../files/index.js';
import type { KeyValues } from '../metadata/key-values.js';
import type { TokenizerOptions } from './choice.js';
import { invalidTokenizer } from './limits.js';
import {
  applyLiteralTokens,
  decoderTokens,
  definitionTokens,
  pieceList,
  setPiece,
  type PieceList,
} from './piece-list.js';
import { requireSentencePieceModel, sentencePieceList } from './sentencepiece.js';
import { truthy } from '../config/truthy.js';
import { readSpecialVocabulary, writeSpecialVocabulary } from './special-vocabulary.js';
import { TOKEN_TYPE, writeTokens } from './token-list.js';
import type { TokenizerFiles } from './tokenizer-files.js';

/** The chat models end a turn by this token rather than by their EOS. */
const CHAT_END = '<|im_end|>';
/** Stands for the piece of a zero byte, which would end a C string. */
const ZERO_PIECE = '🐉';

/** InternLM 2: SentencePiece of exactly the model's size, added tokens behind it or word for word in their places. */
export async function readInternLm2(files: TokenizerFiles, options: TokenizerOptions, keys: KeyValues): Promise<void> {
  const model = await requireSentencePieceModel(files, 'tokenizer.model');
  const size = options.vocabSize ?? model.pieces.length;
  if (size > model.pieces.length) {
    throw invalidTokenizer(
      'the model has more tokens than the tokenizer',
      'tokenizer.model',
      `${size} rows, ${model.pieces.length} pieces`,
    );
  }
  const list = await withAddedTokens(await files.step(() => pieceList(model, size, 'tokenizer.model')), files);
  for (let id = 0; id < size; id += 1) {
    if (list.tokens[id] === '\0') list.tokens[id] = ZERO_PIECE;
    if (list.tokens[id]?.startsWith('[UNUSED') === true) list.types[id] = TOKEN_TYPE.UNUSED;
  }
  const declared = await decoderTokens(files);
  const listed = await definitionTokens(files);
  await files.step(() => applyLiteralTokens(list, declared, 'tokenizer_config.json'));
  await files.step(() => applyLiteralTokens(list, listed, 'tokenizer.json'));
  writeTokens(keys, 'llama', options.pre ?? 'default', list);
  keys.bool('tokenizer.ggml.add_space_prefix', model.addDummyPrefix);
  const special = await readSpecialVocabulary(files, { merges: false, vocabSize: list.tokens.length });
  const chatEnd = [...declared, ...listed].findLast(({ content }) => content === CHAT_END);
  if (chatEnd !== undefined) special.ids.set('eos', chatEnd.id);
  writeSpecialVocabulary(keys, special);
}

/** InternLM 3: the usual SentencePiece, but a turn ends by the chat models' token. */
export async function readInternLm3(files: TokenizerFiles, options: TokenizerOptions, keys: KeyValues): Promise<void> {
  const list = await sentencePieceList(files, options.vocabSize);
  writeTokens(keys, 'llama', options.pre ?? 'default', list);
  const special = await readSpecialVocabulary(files, { merges: false, vocabSize: list.tokens.length });
  const config = (await files.object('tokenizer_config.json')) ?? {};
  if (Object.hasOwn(config, 'add_prefix_space')) {
    keys.bool('tokenizer.ggml.add_space_prefix', truthy(jsonField(config, 'add_prefix_space')));
  }
  const chatEnd = (await decoderTokens(files)).findLast(
    ({ content, special: marked }) => marked && content === CHAT_END,
  );
  if (chatEnd !== undefined && special.ids.has('eos')) special.ids.set('eos', chatEnd.id);
  writeSpecialVocabulary(keys, special);
}

/** The tokens of added_tokens.json behind the pieces, whatever ids they state. */
async function withAddedTokens(list: PieceList, files: TokenizerFiles): Promise<PieceList> {
  const added = Object.keys((await files.object('added_tokens.json')) ?? {});
  if (added.length === 0) return list;
  const size = list.tokens.length;
  const longer: PieceList = {
    tokens: [...list.tokens, ...added],
    scores: new Float32Array(size + added.length),
    types: new Int32Array(size + added.length),
  };
  longer.scores.set(list.scores);
  longer.types.set(list.types);
  for (const [index, token] of added.entries()) setPiece(longer, size + index, token, -1000, TOKEN_TYPE.USER_DEFINED);
  return longer;
}
