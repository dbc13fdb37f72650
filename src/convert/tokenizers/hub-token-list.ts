import { invalidTokenizer } from './limits.js';
import { decodeToken } from './decode-token.js';
import type { HubTokenizer } from './hub-tokenizer.js';
import type { AddedToken } from './added-tokens.js';
import { looksSpecial, paddedTokens, TOKEN_TYPE, type TokenList } from './token-list.js';

/**
 * The vocabulary of a fast tokenizer in the order of its ids, filled up to `vocabSize` (its own size without one).
 * Throws `TOKENIZER_INVALID` when an id does not fit or two tokens share one.
 */
export function hubTokenList(tokenizer: HubTokenizer, vocabSize?: number): TokenList {
  const { modelIds, added } = tokenizer;
  const further = [...added].filter(([, token]) => modelIds.get(token.content) === undefined);
  const size = vocabSize ?? modelIds.size + further.length;
  const { tokens, types } = paddedTokens(size, 'config.json');
  const taken = new Uint8Array(size);
  const place = (token: string, id: number): void => {
    if (id >= size) {
      throw invalidTokenizer(
        'the tokenizer has more tokens than the model',
        'tokenizer.json',
        `id ${id}, ${size} rows`,
      );
    }
    if (taken[id] === 1) throw invalidTokenizer('two tokens share an id', 'tokenizer.json', `id ${id}`);
    taken[id] = 1;
    tokens[id] = token;
    types[id] = TOKEN_TYPE.NORMAL;
  };
  modelIds.each(place);
  for (const [id, token] of further) place(token.content, id);
  for (const [id, token] of added) {
    const [text, type] = addedEntry(token, tokenizer);
    tokens[id] = text;
    types[id] = type;
  }
  return { tokens, types };
}

/** Text and type of an added token: in the form in which it stands in a text. */
function addedEntry(token: AddedToken, tokenizer: HubTokenizer): readonly [string, number] {
  const { decoder, cleanUpSpaces } = tokenizer;
  const text = token.normalized ? token.content : decodeToken(token.content, decoder, cleanUpSpaces);
  if (token.special || looksSpecial(text)) return [text, TOKEN_TYPE.CONTROL];
  return [text.replaceAll('▁', ' '), TOKEN_TYPE.USER_DEFINED];
}
