import { SlipwayError } from '../../core/index.js';

/** Largest vocabulary accepted: published ones end at 262,144 tokens. */
const TOKEN_LIMIT = 2 ** 21;
/** Most merges accepted: published tokenizers end at 514,906. */
const MERGE_LIMIT = 2 ** 22;
/** Longest token accepted, in UTF-16 units. */
const TOKEN_LENGTH_LIMIT = 65_536;

/** Something in a tokenizer's files that cannot be. */
export function invalidTokenizer(message: string, where: string, got?: string): SlipwayError {
  return new SlipwayError('TOKENIZER_INVALID', message, got === undefined ? { where } : { where, got });
}

/** A tokenizer that llama.cpp's converter does not know either. */
export function unsupportedTokenizer(message: string, where: string, hints: readonly string[] = []): SlipwayError {
  return new SlipwayError('TOKENIZER_UNSUPPORTED', message, { where, ...(hints.length > 0 ? { try: hints } : {}) });
}

/** Refuses a vocabulary that no model has; call before allocating it. */
export function checkTokenCount(count: number, where: string): void {
  if (Number.isInteger(count) && count >= 0 && count <= TOKEN_LIMIT) return;
  throw invalidTokenizer(`the vocabulary's size is out of range`, where, `${count} tokens, limit ${TOKEN_LIMIT}`);
}

export function checkMergeCount(count: number, where: string): void {
  if (count > MERGE_LIMIT) {
    throw invalidTokenizer('there are too many merges', where, `${count} merges, limit ${MERGE_LIMIT}`);
  }
}

/** Refuses a token of a length that no tokenizer has. */
export function checkToken(token: string, where: string): void {
  if (token.length <= TOKEN_LENGTH_LIMIT) return;
  throw invalidTokenizer('a token is too long', where, `${token.length} characters, limit ${TOKEN_LENGTH_LIMIT}`);
}

/** Escapes in JSON text, of which the last alternative is half of a character beyond U+FFFF standing alone. */
const ESCAPES =
  /\\(?:[^u]|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u(?![dD][89a-fA-F])[0-9a-fA-F]{4}|(u[dD][89a-fA-F][0-9a-fA-F]{2}))/g;

/** Refuses JSON text with halves of characters, which no UTF-8 file could hold. */
export function checkEscapes(text: string, where: string): void {
  if (!text.includes('\\ud') && !text.includes('\\uD')) return;
  for (const match of text.matchAll(ESCAPES)) {
    if (match[1] !== undefined)
      throw invalidTokenizer('a text is not valid Unicode', where, `at offset ${match.index}`);
  }
}
