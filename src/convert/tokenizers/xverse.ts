import type { KeyValues } from '../metadata/key-values.js';
import { requireHubTokenizer } from './bpe.js';
import type { TokenizerOptions } from './choice.js';
import type { HubTokenizer } from './hub-tokenizer.js';
import { invalidTokenizer } from './limits.js';
import { readSpecialVocabulary, writeSpecialVocabulary } from './special-vocabulary.js';
import { paddedTokens, TOKEN_TYPE, writeTokens, type TokenList } from './token-list.js';
import type { TokenizerFiles } from './tokenizer-files.js';

/** What stands for the token of a zero byte, as Python prints it. */
const ZERO_BYTE = "<b'\\x00'>";

/** XVERSE: tokenizer.json under the name of Llama's tokenizer, without scores; every row must have its token. */
export async function readXverse(files: TokenizerFiles, options: TokenizerOptions, keys: KeyValues): Promise<void> {
  const tokenizer = await requireHubTokenizer(files, { ...options, pre: options.pre ?? 'default' });
  const size = options.vocabSize ?? tokenizer.modelIds.size;
  writeTokens(keys, 'llama', 'default', await files.step(() => fullList(tokenizer, size)));
  writeSpecialVocabulary(keys, await readSpecialVocabulary(files, { merges: false, vocabSize: size }));
}

function fullList(tokenizer: HubTokenizer, size: number): TokenList {
  const { tokens, types } = paddedTokens(size, 'config.json');
  const seen = new Uint8Array(size);
  const place = (text: string, id: number, type: number): void => {
    if (id >= size) {
      throw invalidTokenizer(
        'the tokenizer has more tokens than the model',
        'tokenizer.json',
        `id ${id}, ${size} rows`,
      );
    }
    seen[id] = 1;
    const byte = text === '\0' || /^<0x[0-9A-Fa-f]{2}>$/.test(text);
    tokens[id] = text === '\0' ? ZERO_BYTE : text;
    types[id] = byte ? TOKEN_TYPE.BYTE : type;
  };
  tokenizer.modelIds.each((text, id) => {
    place(text, id, TOKEN_TYPE.NORMAL);
  });
  for (const [id, token] of tokenizer.added) {
    place(token.content, id, token.special ? TOKEN_TYPE.CONTROL : TOKEN_TYPE.USER_DEFINED);
  }
  if (seen.includes(0)) {
    throw invalidTokenizer('the model has rows without a token', 'tokenizer.json', `id ${seen.indexOf(0)}`);
  }
  return { tokens, types };
}
