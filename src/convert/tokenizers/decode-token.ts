import { jsonField, isJsonObject, type JsonObject } from '../../files/index.js';
import { bytesOfSymbols } from './byte-level.js';
import { invalidTokenizer, unsupportedTokenizer } from './limits.js';

/** Deepest nesting of decoders accepted. */
const DEPTH_LIMIT = 8;

/** Spaces that transformers removes when it cleans up decoded text, and what it puts there. */
const CLEAN_UP: readonly (readonly [string, string])[] = [
  [' .', '.'],
  [' ?', '?'],
  [' !', '!'],
  [' ,', ','],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
];

/**
 * A single token as the tokenizer's decoder prints it. The converter writes added tokens in this form, since
 * llama.cpp looks for them in the text as it is.
 */
export function decodeToken(token: string, decoder: JsonObject | undefined, cleanUpSpaces: boolean): string {
  // Without a decoder tokens are joined by spaces: one token stays what it is.
  const text = decoder === undefined ? token : applyDecoder([token], decoder, 0).join('');
  return cleanUpSpaces ? cleanUp(text) : text;
}

function cleanUp(text: string): string {
  let result = text;
  for (const [from, to] of CLEAN_UP) result = result.replaceAll(from, to);
  return result;
}

function applyDecoder(tokens: readonly string[], decoder: JsonObject, depth: number): readonly string[] {
  if (depth > DEPTH_LIMIT) throw invalidTokenizer('the decoder is nested too deeply', 'tokenizer.json');
  switch (jsonField(decoder, 'type')) {
    case 'ByteLevel':
      return [bytesOfSymbols(tokens)];
    case 'Replace':
      return tokens.map((token) => replaced(token, decoder));
    case 'Fuse':
      return [tokens.join('')];
    case 'Strip':
      return tokens.map((token) => stripped(token, decoder));
    case 'ByteFallback':
      return fallenBack(tokens);
    case 'Metaspace':
      return tokens.map((token, index) => metaspace(token, index, decoder));
    case 'WordPiece':
      return tokens.map((token, index) => wordPiece(token, index, decoder));
    case 'BPEDecoder':
      return tokens.map((token) => token.replaceAll(text(decoder, 'suffix', '</w>'), ''));
    case 'Sequence':
      return inTurn(tokens, decoder, depth + 1);
    case 'CTC':
      throw unsupportedTokenizer("a decoder of the type 'CTC' belongs to no language model", 'tokenizer.json');
    default:
      return tokens;
  }
}

function inTurn(tokens: readonly string[], decoder: JsonObject, depth: number): readonly string[] {
  const decoders = jsonField(decoder, 'decoders');
  let result = tokens;
  for (const next of Array.isArray(decoders) ? decoders : []) {
    if (isJsonObject(next)) result = applyDecoder(result, next, depth);
  }
  return result;
}

function replaced(token: string, decoder: JsonObject): string {
  const pattern = jsonField(decoder, 'pattern');
  if (!isJsonObject(pattern)) return token;
  const content = text(decoder, 'content', '');
  const literal = jsonField(pattern, 'String');
  if (typeof literal === 'string') return token.replaceAll(literal, () => content);
  throw unsupportedTokenizer("the decoder's replacement is not a plain text", 'tokenizer.json');
}

function stripped(token: string, decoder: JsonObject): string {
  const content = text(decoder, 'content', ' ');
  const characters = Array.from(token);
  const [start, stop] = [count(decoder, 'start'), count(decoder, 'stop')];
  let from = 0;
  while (from < start && characters[from] === content) from += 1;
  let to = characters.length;
  while (characters.length - to < stop && to > from && characters[to - 1] === content) to -= 1;
  return characters.slice(from, to).join('');
}

function fallenBack(tokens: readonly string[]): readonly string[] {
  return tokens.map((token) => {
    const byte = /^<0x([0-9A-Fa-f]{2})>$/.exec(token)?.[1];
    return byte === undefined ? token : new TextDecoder().decode(Uint8Array.of(Number.parseInt(byte, 16)));
  });
}

function metaspace(token: string, index: number, decoder: JsonObject): string {
  const replacement = text(decoder, 'replacement', '▁');
  const scheme = jsonField(decoder, 'prepend_scheme');
  const prefixed = scheme === undefined ? jsonField(decoder, 'add_prefix_space') !== false : scheme !== 'never';
  // The library drops every mark of the first token, not only the leading one.
  return token.replaceAll(replacement, index === 0 && prefixed ? '' : ' ');
}

function wordPiece(token: string, index: number, decoder: JsonObject): string {
  const prefix = text(decoder, 'prefix', '##');
  const body = index === 0 ? token : token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`;
  return jsonField(decoder, 'cleanup') === false ? body : cleanUp(body.replaceAll(' do not', " don't"));
}

function text(decoder: JsonObject, key: string, fallback: string): string {
  const value = jsonField(decoder, key);
  return typeof value === 'string' ? value : fallback;
}

function count(decoder: JsonObject, key: string): number {
  const value = jsonField(decoder, key);
  return typeof value === 'number' ? value : 0;
}
