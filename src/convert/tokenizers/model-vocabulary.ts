import { isJsonObject, jsonField, type JsonObject, type JsonValue } from '../../files/index.js';
import { checkToken, checkTokenCount, invalidTokenizer } from './limits.js';

/** Largest token id accepted. */
const ID_LIMIT = 2 ** 21;

/** Token → id of a tokenizer's model. Large ones stay where they were parsed; nothing is copied. */
export interface ModelVocabulary {
  readonly size: number;
  get(token: string): number | undefined;
  /** Visits every token. */
  each(visit: (token: string, id: number) => void): void;
}

/** The vocabulary of a tokenizer.json model: an object for BPE and WordPiece, a list of pairs for Unigram. */
export function modelVocabulary(model: JsonObject): ModelVocabulary {
  const vocab = jsonField(model, 'vocab');
  if (isJsonObject(vocab)) return objectVocabulary(vocab, 'tokenizer.json');
  if (Array.isArray(vocab)) return unigramVocabulary(vocab);
  throw invalidTokenizer("the tokenizer's model has no vocabulary", 'tokenizer.json');
}

function objectVocabulary(vocab: JsonObject, where: string): ModelVocabulary {
  const tokens = Object.keys(vocab);
  checkTokenCount(tokens.length, where);
  for (const token of tokens) {
    checkToken(token, where);
    const id = vocab[token];
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id >= ID_LIMIT) {
      throw invalidTokenizer('a token has no valid id', where, `${JSON.stringify(token)}: ${JSON.stringify(id)}`);
    }
  }
  const get = (token: string): number | undefined => {
    const id = jsonField(vocab, token);
    return typeof id === 'number' ? id : undefined;
  };
  return { size: tokens.length, get, each: (visit) => tokens.forEach((token) => visit(token, Number(vocab[token]))) };
}

/** Of a piece that occurs twice, the later id counts. */
function unigramVocabulary(vocab: readonly JsonValue[]): ModelVocabulary {
  checkTokenCount(vocab.length, 'tokenizer.json');
  const ids = new Map<string, number>();
  for (const [index, entry] of vocab.entries()) {
    const token = Array.isArray(entry) ? entry[0] : undefined;
    if (typeof token !== 'string') throw invalidTokenizer(`piece ${index} has no text`, 'tokenizer.json');
    checkToken(token, 'tokenizer.json');
    ids.set(token, index);
  }
  return {
    size: vocab.length,
    get: (token) => ids.get(token),
    each: (visit) => ids.forEach((id, token) => visit(token, id)),
  };
}
