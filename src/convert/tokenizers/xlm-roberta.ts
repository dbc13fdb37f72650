import { isJsonObject, jsonField, type JsonObject } from '../../files/index.js';
import type { KeyValues } from '../metadata/key-values.js';
import type { TokenizerOptions } from './choice.js';
import { readHubTokenizer, type HubTokenizer } from './hub-tokenizer.js';
import { invalidTokenizer, unsupportedTokenizer } from './limits.js';
import { pieceList, setPiece, type PieceList } from './piece-list.js';
import { parseSentencePieceModel } from './sentencepiece-model.js';
import { truthy } from '../config/truthy.js';
import { paddedTokens, TOKEN_TYPE } from './token-list.js';
import type { TokenizerFiles } from './tokenizer-files.js';
import { requireUnigram, writeUnigram } from './unigram.js';

const MODEL_FILE = 'sentencepiece.bpe.model';
/** Where the mask token belongs in a model of 250,048 or more rows. */
const MASK_ID = 250_001;

/** XLM-RoBERTa and its kin: the model file of fairseq with its ids moved by one, or a Unigram tokenizer.json. */
export async function readXlmRoberta(files: TokenizerFiles, options: TokenizerOptions, keys: KeyValues): Promise<void> {
  const bytes = await files.bytes(MODEL_FILE);
  if (bytes === undefined) return readFromDefinition(files, options, keys);
  const model = await files.step(() => parseSentencePieceModel(bytes, MODEL_FILE));
  requireUnigram(model, MODEL_FILE);
  const size = Math.max(options.vocabSize ?? 0, model.pieces.length);
  const list = await files.step(() => realigned(pieceList(model, size, MODEL_FILE)));
  if (options.maskToken === true && list.tokens.length > MASK_ID) {
    setPiece(list, MASK_ID, '<mask>', 0, TOKEN_TYPE.CONTROL);
  }
  return writeUnigram(files, keys, list, { ...model, pre: options.pre, tokenTypeCount: options.tokenTypeCount ?? 1 });
}

/** The four special tokens of fairseq come first; what followed the model's three moves up by one. */
function realigned(list: PieceList): PieceList {
  const first: readonly (readonly [string, number])[] = [
    ['<s>', TOKEN_TYPE.CONTROL],
    ['<pad>', TOKEN_TYPE.CONTROL],
    ['</s>', TOKEN_TYPE.CONTROL],
    ['<unk>', TOKEN_TYPE.UNKNOWN],
  ];
  return {
    tokens: [...first.map(([token]) => token), ...list.tokens.slice(3, -1)],
    scores: moved(
      new Float32Array(Math.max(first.length, list.scores.length)),
      list.scores,
      first.map(() => 0),
    ),
    types: moved(
      new Int32Array(Math.max(first.length, list.types.length)),
      list.types,
      first.map(([, type]) => type),
    ),
  };
}

/** `first`, then what follows the first three values, without the last: as many values as there were. */
function moved<T extends Float32Array | Int32Array>(into: T, values: T, first: readonly number[]): T {
  into.set(first);
  into.set(values.subarray(3, -1), first.length);
  return into;
}

async function readFromDefinition(files: TokenizerFiles, options: TokenizerOptions, keys: KeyValues): Promise<void> {
  const tokenizer = await readHubTokenizer(files, options.pre !== undefined);
  if (tokenizer === undefined)
    throw unsupportedTokenizer('the repository has no tokenizer that can be read', MODEL_FILE);
  const config = (await files.object('tokenizer_config.json')) ?? {};
  const charsmap =
    tokenizer.normalizer === undefined ? undefined : jsonField(tokenizer.normalizer, 'precompiled_charsmap');
  if (typeof charsmap !== 'string') {
    throw unsupportedTokenizer("the tokenizer's normalizer has no precompiled charsmap", 'tokenizer.json');
  }
  const list = definitionPieces(tokenizer, config, Math.max(options.vocabSize ?? 0, tokenizer.modelIds.size));
  return writeUnigram(files, keys, list, {
    addDummyPrefix: truthy(jsonField(config, 'add_prefix_space')),
    removeExtraWhitespaces: tokenizer.cleanUpSpaces,
    precompiledCharsmap: new Uint8Array(Buffer.from(charsmap, 'base64')),
    pre: options.pre,
    tokenTypeCount: options.tokenTypeCount ?? 1,
  });
}

function definitionPieces(tokenizer: HubTokenizer, config: JsonObject, size: number): PieceList {
  const vocab = jsonField(tokenizer.model, 'vocab');
  if (!Array.isArray(vocab)) throw unsupportedTokenizer("the tokenizer's model is not a Unigram one", 'tokenizer.json');
  const added = new Map([...tokenizer.added].map(([id, token]) => [token.content, id]));
  const unknown = unknownId(tokenizer, config, added);
  const special = new Set(tokenizer.specialTokens);
  const list = paddedTokens(size, 'config.json');
  for (const [id, entry] of vocab.entries()) {
    const [piece, score] = Array.isArray(entry) ? (entry as readonly unknown[]) : [];
    if (typeof piece !== 'string' || typeof score !== 'number') {
      throw invalidTokenizer(`piece ${id} is malformed`, 'tokenizer.json', JSON.stringify(entry)?.slice(0, 200));
    }
    const text = tokenizer.added.get(id)?.content ?? piece;
    const rest = tokenizer.added.has(id) ? TOKEN_TYPE.USER_DEFINED : TOKEN_TYPE.NORMAL;
    const type = id === unknown ? TOKEN_TYPE.UNKNOWN : special.has(text) ? TOKEN_TYPE.CONTROL : rest;
    setPiece(list, id, text, score, type);
  }
  return list;
}

function unknownId(tokenizer: HubTokenizer, config: JsonObject, added: ReadonlyMap<string, number>): number {
  const token = jsonField(config, 'unk_token');
  const text = isJsonObject(token) ? jsonField(token, 'content') : token;
  const stated = jsonField(tokenizer.model, 'unk_id');
  const fallback = typeof stated === 'number' ? stated : 3;
  return (typeof text === 'string' ? added.get(text) : undefined) ?? fallback;
}
