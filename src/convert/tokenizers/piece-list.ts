import { isJsonObject, jsonField, type JsonObject } from '../../files/index.js';
import { checkToken, invalidTokenizer } from './limits.js';
import type { SentencePieceModel } from './sentencepiece-model.js';
import { looksSpecial, paddedTokens, TOKEN_TYPE, type TokenList } from './token-list.js';
import type { TokenizerFiles } from './tokenizer-files.js';

/** Score of a token that was added to a SentencePiece vocabulary. */
const ADDED_SCORE = -1000;

export type PieceList = Required<TokenList>;

/** The pieces of a model, filled up (or cut) to `size`. User-defined pieces count as normal ones, as in the reference. */
export function pieceList(model: SentencePieceModel, size: number, where: string): PieceList {
  const list = paddedTokens(size, where);
  for (const [id, piece] of model.pieces.entries()) {
    if (id >= size) break;
    const type = model.types[id] ?? TOKEN_TYPE.NORMAL;
    setPiece(list, id, piece, model.scores[id] ?? 0, type === TOKEN_TYPE.USER_DEFINED ? TOKEN_TYPE.NORMAL : type);
  }
  return list;
}

export function setPiece(list: PieceList, id: number, text: string, score: number, type: number): void {
  list.tokens[id] = text;
  list.scores[id] = score;
  list.types[id] = type;
}

/** added_tokens.json: token → id; ids beyond the list are passed over. */
export async function applyAddedTokensFile(list: PieceList, files: TokenizerFiles): Promise<void> {
  const added = (await files.object('added_tokens.json')) ?? {};
  await files.step(() => applyAddedTokens(list, added));
}

function applyAddedTokens(list: PieceList, added: JsonObject): void {
  for (const [token, id] of Object.entries(added)) {
    checkToken(token, 'added_tokens.json');
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0) {
      throw invalidTokenizer('an added token has no valid id', 'added_tokens.json', JSON.stringify(id));
    }
    if (id < list.tokens.length) setPiece(list, id, token, ADDED_SCORE, TOKEN_TYPE.USER_DEFINED);
  }
}

/** An added token as tokenizer_config.json and tokenizer.json describe it. */
export interface ListedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
}

/** tokenizer_config.json's `added_tokens_decoder`, ids in the order of the numbers. */
export async function decoderTokens(files: TokenizerFiles): Promise<readonly ListedToken[]> {
  const config = (await files.object('tokenizer_config.json')) ?? {};
  const decoder = jsonField(config, 'added_tokens_decoder');
  return isJsonObject(decoder) ? files.step(() => tokensOfDecoder(decoder)) : [];
}

function tokensOfDecoder(decoder: JsonObject): readonly ListedToken[] {
  return Object.entries(decoder).map(([id, token]) => {
    if (!/^\d{1,9}$/.test(id) || !isJsonObject(token)) {
      throw invalidTokenizer('an added token has no valid id', 'tokenizer_config.json', JSON.stringify(id));
    }
    return listedToken(Number(id), token, 'tokenizer_config.json');
  });
}

/** tokenizer.json's `added_tokens`. */
export async function definitionTokens(files: TokenizerFiles): Promise<readonly ListedToken[]> {
  const definition = (await files.object('tokenizer.json')) ?? {};
  return files.step(() => tokensOfDefinition(definition));
}

function tokensOfDefinition(definition: JsonObject): readonly ListedToken[] {
  const added = jsonField(definition, 'added_tokens');
  return (Array.isArray(added) ? added : []).map((token: unknown) => {
    const entry = token as JsonObject;
    const id = isJsonObject(entry) ? jsonField(entry, 'id') : undefined;
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0) {
      throw invalidTokenizer('an added token has no valid id', 'tokenizer.json', JSON.stringify(token)?.slice(0, 200));
    }
    return listedToken(id, entry, 'tokenizer.json');
  });
}

function listedToken(id: number, token: JsonObject, where: string): ListedToken {
  const content = jsonField(token, 'content');
  if (typeof content !== 'string') throw invalidTokenizer('an added token has no text', where, `id ${id}`);
  checkToken(content, where);
  return { id, content, special: jsonField(token, 'special') === true };
}

/** Puts declared tokens in their places; those that are not special get their spaces back. */
export function applyDeclaredTokens(list: PieceList, tokens: readonly ListedToken[]): void {
  for (const { id, content, special } of tokens) {
    if (id >= list.tokens.length) continue;
    if (special || looksSpecial(content)) setPiece(list, id, content, ADDED_SCORE, TOKEN_TYPE.CONTROL);
    else setPiece(list, id, content.replaceAll('▁', ' '), ADDED_SCORE, TOKEN_TYPE.USER_DEFINED);
  }
}

/** Puts declared tokens in their places word for word. Throws for ids beyond the list. */
export function applyLiteralTokens(list: PieceList, tokens: readonly ListedToken[], where: string): void {
  for (const { id, content, special } of tokens) {
    if (id >= list.tokens.length) {
      throw invalidTokenizer('an added token lies outside the vocabulary', where, `id ${id} of ${list.tokens.length}`);
    }
    setPiece(list, id, content, ADDED_SCORE, special ? TOKEN_TYPE.CONTROL : TOKEN_TYPE.USER_DEFINED);
  }
}
