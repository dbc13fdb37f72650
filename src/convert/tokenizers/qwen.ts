import type { KeyValues } from '../metadata/key-values.js';
import type { TokenizerOptions, TokenizerReader } from './choice.js';
import { readBpe } from './bpe.js';
import { QWEN2_PATTERN } from './slow-tokenizer.js';
import { readSpecialVocabulary, setSpecial, writeSpecialVocabulary } from './special-vocabulary.js';
import { readTiktoken, writeTiktoken, type TiktokenRules } from './tiktoken-vocabulary.js';
import type { TokenizerFiles } from './tokenizer-files.js';

const END_OF_TEXT = '<|endoftext|>';

const rulesOf = (file: string): TiktokenRules => ({ file, pattern: QWEN2_PATTERN, composed: true, strict: true });
/** How the first StableLM 2 read its file; Qwen does the same. */
export const STABLELM_RULES: TiktokenRules = rulesOf('arcade100k.tiktoken');

/** Special tokens that a model's code numbers on from a constant. The first of them is the end of text. */
interface Numbered {
  readonly first: number;
  readonly tokens: readonly string[];
}

const QWEN: Numbered = {
  first: 151_643,
  tokens: [END_OF_TEXT, '<|im_start|>', '<|im_end|>', ...numbered('<|extra_', 205)],
};

const STABLELM: Numbered = {
  first: 100_257,
  tokens: [
    END_OF_TEXT,
    ...'<|fim_prefix|> <|fim_middle|> <|fim_suffix|> <|fim_pad|> <gh_stars> <filename> <issue_start>'.split(' '),
    ...'<issue_comment> <issue_closed> <jupyter_start> <jupyter_text> <jupyter_code> <jupyter_output>'.split(' '),
    ...'<empty_output> <commit_before> <commit_msg> <commit_after> <reponame> <|endofprompt|>'.split(' '),
    ...'<|im_start|> <|im_end|> <|pause|>'.split(' '),
    ...numbered('<|reg', 8),
    '<|extra0|>',
  ],
};

/** Qwen of the first generation: ranks of tiktoken, special tokens known by the model's code (`_set_vocab_qwen`). */
export const readQwen: TokenizerReader = (files, options, keys) =>
  readLikeQwen(files, options, keys, rulesOf('qwen.tiktoken'), QWEN);

/** StableLM: tokenizer.json, or arcade100k.tiktoken, which the first StableLM 2 had, read as Qwen's. */
export const readStableLm: TokenizerReader = (files, options, keys) =>
  files.has('tokenizer.json')
    ? readBpe(files, options, keys)
    : readLikeQwen(files, options, keys, STABLELM_RULES, STABLELM);

async function readLikeQwen(
  files: TokenizerFiles,
  options: TokenizerOptions,
  keys: KeyValues,
  rules: TiktokenRules,
  { first, tokens }: Numbered,
): Promise<void> {
  const vocabulary = await readTiktoken(files, rules);
  const specialTokens = new Map(tokens.map((token, index) => [first + index, token]));
  await files.step(() => writeTiktoken(keys, vocabulary, specialTokens, rules, options));
  const special = await readSpecialVocabulary(files, { merges: false });
  special.merges = vocabulary.merges;
  if (special.ids.size === 0) special.ids.set('bos', first).set('eos', first);
  setSpecial(special.ids, 'unk', first);
  writeSpecialVocabulary(keys, special);
}

function numbered(start: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${start}${index}|>`);
}
