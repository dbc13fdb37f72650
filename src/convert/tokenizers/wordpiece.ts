import type { KeyValues } from '../metadata/key-values.js';
import { requireHubTokenizer } from './bpe.js';
import type { TokenizerOptions } from './choice.js';
import { hubTokenList } from './hub-token-list.js';
import { preTokenizerName } from './pre-tokenizer.js';
import { readSpecialVocabulary, writeSpecialVocabulary } from './special-vocabulary.js';
import { TOKEN_TYPE, writeTokens } from './token-list.js';
import type { TokenizerFiles } from './tokenizer-files.js';

/** WordPiece (BERT): in the file words begin with ▁ and continuations have no mark, the other way round than upstream. */
export async function readWordPiece(files: TokenizerFiles, options: TokenizerOptions, keys: KeyValues): Promise<void> {
  const tokenizer = await requireHubTokenizer(files, options);
  const pre = options.pre ?? (await files.step(() => preTokenizerName(tokenizer)));
  const list = await files.step(() => hubTokenList(tokenizer, options.vocabSize));
  keys.uint32('tokenizer.ggml.token_type_count', options.tokenTypeCount ?? 1);
  const tokens = list.tokens.map((token, id) => {
    if (list.types[id] === TOKEN_TYPE.CONTROL) return token;
    return token.startsWith('##') ? token.slice(2) : `▁${token}`;
  });
  writeTokens(keys, 'bert', pre, { tokens, types: list.types });
  writeSpecialVocabulary(keys, await readSpecialVocabulary(files, { merges: false, vocabSize: tokens.length }));
}
