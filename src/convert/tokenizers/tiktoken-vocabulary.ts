import type { JsonObject } from '../../files/index.js';
import type { KeyValues } from '../metadata/key-values.js';
import type { TokenizerOptions } from './choice.js';
import { hubTokenizer, type HubTokenizer } from './hub-tokenizer.js';
import { invalidTokenizer, unsupportedTokenizer } from './limits.js';
import { preTokenizerName } from './pre-tokenizer.js';
import { mergesOfTiktoken, parseTiktoken, type Ranks } from './tiktoken.js';
import { paddedTokens, TOKEN_TYPE, writeTokens, type TokenList } from './token-list.js';
import type { TokenizerFiles } from './tokenizer-files.js';

/** What a model's own tokenizer code says about its tiktoken file. */
export interface TiktokenRules {
  readonly file: string;
  /** How a text is cut, as a JavaScript expression. */
  readonly pattern: string;
  /** Whether a text is composed (NFC) before it is cut. */
  readonly composed: boolean;
  /** Ranks by line rather than as the file states them. */
  readonly numbered?: boolean;
  /** Whether each token has to be made of two others. */
  readonly strict: boolean;
}

/** A tiktoken file, read. */
export interface TiktokenVocabulary {
  readonly ranks: Ranks;
  readonly merges: readonly string[];
}

/** Reads the file, which must be there. */
export async function readTiktoken(files: TokenizerFiles, rules: TiktokenRules): Promise<TiktokenVocabulary> {
  const text = await files.text(rules.file);
  if (text === undefined) throw unsupportedTokenizer(`the repository has no '${rules.file}'`, rules.file);
  const ranks = await files.step(() => parseTiktoken(text, rules.file, rules.numbered));
  return { ranks, merges: await files.step(() => mergesOfTiktoken(ranks, rules.file, rules.strict)) };
}

/**
 * Writes model, pre-tokenizer, tokens and types, and returns the pre-tokenizer's name.
 * @param special control tokens by id, over what the file has there
 */
export function writeTiktoken(
  keys: KeyValues,
  vocabulary: TiktokenVocabulary,
  special: ReadonlyMap<number, string>,
  rules: TiktokenRules,
  options: TokenizerOptions,
): string {
  const pre = options.pre ?? preTokenizerName(tiktokenTokenizer(vocabulary, rules));
  writeTokens(keys, 'gpt2', pre, tokenList(vocabulary.ranks, special, rules.file, options.vocabSize));
  return pre;
}

function tokenList(
  ranks: Ranks,
  special: ReadonlyMap<number, string>,
  where: string,
  vocabSize: number | undefined,
): TokenList {
  const size = vocabSize ?? Math.max(-1, ...special.keys()) + 1;
  const { tokens, types } = paddedTokens(size, 'config.json');
  const place = (token: string, id: number, type: number): void => {
    if (id >= size) {
      throw invalidTokenizer('the tokenizer has more tokens than the model', where, `id ${id}, ${size} rows`);
    }
    tokens[id] = token;
    types[id] = type;
  };
  for (const [token, rank] of ranks) place(token, rank, TOKEN_TYPE.NORMAL);
  for (const [id, token] of special) place(token, id, TOKEN_TYPE.CONTROL);
  return { tokens, types };
}

/** The same as a tokenizer.json would have it, to encode the check text with. */
export function tiktokenTokenizer({ ranks, merges }: TiktokenVocabulary, rules: TiktokenRules): HubTokenizer {
  const definition: JsonObject = {
    normalizer: rules.composed ? { type: 'NFC' } : null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: rules.pattern }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    model: { type: 'BPE', vocab: Object.fromEntries(ranks), merges: [...merges], ignore_merges: true },
  };
  const settings = { config: {}, declared: new Map(), modern: true };
  return hubTokenizer(definition, settings, { name: 'PreTrainedTokenizer', defaults: {} });
}
