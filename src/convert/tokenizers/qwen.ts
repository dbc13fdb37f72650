import type { KeyValues } from '../metadata/key-values.js';
import type { TokenizerOptions } from './choice.js';
import { hubTokenizer } from './hub-tokenizer.js';
import { invalidTokenizer, unsupportedTokenizer } from './limits.js';
import { preTokenizerName } from './pre-tokenizer.js';
import { QWEN2_PATTERN } from './slow-tokenizer.js';
import { readSpecialVocabulary, setSpecial, writeSpecialVocabulary } from './special-vocabulary.js';
import { mergesOfTiktoken, parseTiktoken, type Ranks } from './tiktoken.js';
import { paddedTokens, TOKEN_TYPE, writeTokens, type TokenList } from './token-list.js';
import type { TokenizerFiles } from './tokenizer-files.js';

const FILE = 'qwen.tiktoken';
/** Id of the first special token; the model's own code has it as a constant. */
const FIRST_SPECIAL = 151_643;
const END_OF_TEXT = '<|endoftext|>';
const SPECIAL = [
  END_OF_TEXT,
  '<|im_start|>',
  '<|im_end|>',
  ...Array.from({ length: 205 }, (_, index) => `<|extra_${index}|>`),
];

/** Qwen of the first generation: ranks of tiktoken, special tokens known by the model's code (`_set_vocab_qwen`). */
export async function readQwen(files: TokenizerFiles, options: TokenizerOptions, keys: KeyValues): Promise<void> {
  const text = await files.text(FILE);
  if (text === undefined) throw unsupportedTokenizer(`the repository has no '${FILE}'`, FILE);
  const ranks = parseTiktoken(text, FILE);
  const merges = mergesOfTiktoken(ranks, FILE);
  const pre = options.pre ?? preTokenizerName(tokenizerOf(ranks, merges));
  writeTokens(keys, 'gpt2', pre, tokenList(ranks, options.vocabSize));
  const special = await readSpecialVocabulary(files, { merges: false });
  special.merges = merges;
  if (special.ids.size === 0) special.ids.set('bos', FIRST_SPECIAL).set('eos', FIRST_SPECIAL);
  setSpecial(special.ids, 'unk', FIRST_SPECIAL);
  writeSpecialVocabulary(keys, special);
}

function tokenList(ranks: Ranks, vocabSize: number | undefined): TokenList {
  const size = vocabSize ?? FIRST_SPECIAL + SPECIAL.length;
  const { tokens, types } = paddedTokens(size, 'config.json');
  const place = (token: string, id: number, type: number): void => {
    if (id >= size)
      throw invalidTokenizer('the tokenizer has more tokens than the model', FILE, `id ${id}, ${size} rows`);
    tokens[id] = token;
    types[id] = type;
  };
  for (const [token, rank] of ranks) place(token, rank, TOKEN_TYPE.NORMAL);
  for (const [index, token] of SPECIAL.entries()) place(token, FIRST_SPECIAL + index, TOKEN_TYPE.CONTROL);
  return { tokens, types };
}

/** The same as a tokenizer.json would have it, to encode the check text with. */
function tokenizerOf(ranks: Ranks, merges: readonly string[]): ReturnType<typeof hubTokenizer> {
  const definition = {
    normalizer: { type: 'NFC' },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: QWEN2_PATTERN }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    model: { type: 'BPE', vocab: Object.fromEntries(ranks), merges, ignore_merges: true },
  };
  const settings = { config: {}, declared: new Map(), modern: true };
  return hubTokenizer(definition, settings, { name: 'PreTrainedTokenizer', defaults: {} });
}
