import type { KeyValues } from '../metadata/key-values.js';
import type { TokenizerOptions } from './choice.js';
import { checkTokenCount, invalidTokenizer, unsupportedTokenizer } from './limits.js';
import { parsePythonLiteral, reprOfBytes } from './python-literal.js';
import { RWKV_CHAT_TEMPLATE } from './rwkv-chat-template.js';
import { readSpecialVocabulary, setSpecial, writeSpecialVocabulary } from './special-vocabulary.js';
import { paddedTokens, TOKEN_TYPE, writeTokens, type TokenList } from './token-list.js';
import type { TokenizerFiles } from './tokenizer-files.js';

const FILE = 'rwkv_vocab_v20230424.txt';
const DEFAULT_SIZE = 65_536;
/** The token of two line feeds, which ends a turn. */
const END_OF_TURN = 261;

/** RWKV World: a trie of byte strings, one a line, printed as Python prints them (`_set_vocab_rwkv_world`). */
export async function readRwkv(files: TokenizerFiles, options: TokenizerOptions, keys: KeyValues): Promise<void> {
  const text = await files.text(FILE);
  if (text === undefined) throw unsupportedTokenizer(`the repository has no '${FILE}'`, FILE);
  const size = options.vocabSize ?? DEFAULT_SIZE;
  writeTokens(keys, 'rwkv', undefined, await files.step(() => rwkvTokens(text, size)));
  const special = await readSpecialVocabulary(files, { merges: false });
  special.chatTemplate ??= RWKV_CHAT_TEMPLATE;
  setSpecial(special.ids, 'eot', END_OF_TURN);
  special.ids.set('bos', 0).set('eos', 0);
  writeSpecialVocabulary(keys, special);
}

/** The vocabulary: `<s>` first, then the file's lines in their order, then fillers. */
export function rwkvTokens(text: string, size: number): TokenList {
  const lines = text.split(/\r\n?|\n/);
  if (lines.at(-1) === '') lines.pop();
  checkTokenCount(lines.length, FILE);
  if (lines.length + 1 > size) {
    throw invalidTokenizer(
      'the tokenizer has more tokens than the model',
      FILE,
      `${lines.length + 1} tokens, ${size} rows`,
    );
  }
  const { tokens, types } = paddedTokens(size, 'config.json');
  tokens[0] = '<s>';
  types[0] = TOKEN_TYPE.CONTROL;
  for (const [index, line] of lines.entries()) {
    tokens[index + 1] = reprOfBytes(tokenOfLine(line, index));
    types[index + 1] = TOKEN_TYPE.NORMAL;
  }
  return { tokens, types };
}

/** `id literal length`: the literal may hold spaces. */
function tokenOfLine(line: string, index: number): Uint8Array {
  const first = line.indexOf(' ');
  const last = line.lastIndexOf(' ');
  const literal = first < last ? line.slice(first + 1, last) : '';
  const bytes = parsePythonLiteral(literal);
  if (bytes?.length === Number(line.slice(last + 1))) return bytes;
  throw invalidTokenizer(`line ${index + 1} is not a token`, FILE, JSON.stringify(line.slice(0, 200)));
}
