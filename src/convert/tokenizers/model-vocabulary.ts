import { isJsonObject, jsonField, type JsonObject, type JsonValue } from '../../files/index.js';
import { checkToken, checkTokenCount, invalidTokenizer } from './limits.js';

/** Largest token id accepted. */
const ID_LIMIT = 2 ** 21;

/** Token → id of a tokenizer.json model: an object for BPE and WordPiece, a list of pairs for Unigram. */
export function modelVocabulary(model: JsonObject): Map<string, number> {
  const vocab = jsonField(model, 'vocab');
  if (isJsonObject(vocab)) return vocabularyOf(vocab, 'tokenizer.json');
  if (Array.isArray(vocab)) return unigramVocabulary(vocab);
  throw invalidTokenizer("the tokenizer's model has no vocabulary", 'tokenizer.json');
}

/** Token → id from a JSON object, checked. */
export function vocabularyOf(vocab: JsonObject, where: string): Map<string, number> {
  const entries = Object.entries(vocab);
  checkTokenCount(entries.length, where);
  const ids = new Map<string, number>();
  for (const [token, id] of entries) {
    checkToken(token, where);
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id >= ID_LIMIT) {
      throw invalidTokenizer('a token has no valid id', where, `${JSON.stringify(token)}: ${JSON.stringify(id)}`);
    }
    ids.set(token, id);
  }
  return ids;
}

function unigramVocabulary(vocab: readonly JsonValue[]): Map<string, number> {
  checkTokenCount(vocab.length, 'tokenizer.json');
  const ids = new Map<string, number>();
  for (const [index, entry] of vocab.entries()) {
    const token = Array.isArray(entry) ? entry[0] : undefined;
    if (typeof token !== 'string') throw invalidTokenizer(`piece ${index} has no text`, 'tokenizer.json');
    checkToken(token, 'tokenizer.json');
    ids.set(token, index);
  }
  return ids;
}
