import type { KeyValues } from '../metadata/key-values.js';
import { readBpe } from './bpe.js';
import type { TokenizerOptions } from './choice.js';
import { readSettings } from './hub-tokenizer.js';
import { unsupportedTokenizer } from './limits.js';
import { readSpecialVocabulary, writeSpecialVocabulary } from './special-vocabulary.js';
import { readTiktoken, writeTiktoken, type TiktokenRules } from './tiktoken-vocabulary.js';
import type { TokenizerFiles } from './tokenizer-files.js';

const CONTRACTION = "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])?";
/** Letters that may begin a word and letters that may go on with one; Chinese characters are cut out before. */
const UPPER = '(?:(?!\\p{Script=Han})[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}])';
const LOWER = '(?:(?!\\p{Script=Han})[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}])';
const PATTERN = [
  '\\p{Script=Han}+',
  `[^\\r\\n\\p{L}\\p{N}]?${UPPER}*${LOWER}+${CONTRACTION}`,
  `[^\\r\\n\\p{L}\\p{N}]?${UPPER}+${LOWER}*${CONTRACTION}`,
  '\\p{N}{1,3}',
  ' ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*',
  '\\s*[\\r\\n]+',
  '\\s+(?!\\S)',
  '\\s+',
].join('|');

/** How Kimi reads its file. */
export const KIMI_RULES: TiktokenRules = { file: 'tiktoken.model', pattern: PATTERN, composed: false, strict: false };
/** Special tokens behind the ranks; the model's code always makes as many. */
const SPECIAL_COUNT = 258;
const NAME = 'kimi-k2';

/**
 * DeepSeek's BPE, or Kimi's tiktoken.model in its place: special tokens follow the ranks, named by tokenizer_config.json
 * or by their ids; those beyond the embedding's rows are left out.
 */
export async function readBpeOrKimi(files: TokenizerFiles, options: TokenizerOptions, keys: KeyValues): Promise<void> {
  if (files.has('tokenizer.json') || !files.has(KIMI_RULES.file)) return readBpe(files, options, keys);
  const vocabulary = await readTiktoken(files, KIMI_RULES);
  const { declared } = await readSettings(files);
  const first = vocabulary.ranks.size;
  const count = Math.min(SPECIAL_COUNT, (options.vocabSize ?? Infinity) - first);
  const special = new Map(
    Array.from({ length: Math.max(0, count) }, (_, index): [number, string] => {
      const id = first + index;
      return [id, declared.get(id)?.content ?? `<|reserved_token_${id}|>`];
    }),
  );
  const pre = await files.step(() => writeTiktoken(keys, vocabulary, special, KIMI_RULES, options));
  if (pre !== NAME) throw unsupportedTokenizer(`the tokenizer cuts as '${pre}', not as '${NAME}'`, KIMI_RULES.file);
  keys.array('tokenizer.ggml.merges', 'STRING', vocabulary.merges);
  writeSpecialVocabulary(keys, await readSpecialVocabulary(files, { merges: false }));
}
