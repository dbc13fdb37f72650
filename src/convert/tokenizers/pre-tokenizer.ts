import { createHash } from 'node:crypto';
import { Tokenizer } from '@huggingface/tokenizers';
import { SlipwayError, withTimeLimit } from '../../core/index.js';
import { reducedModel } from './check-model.js';
import type { HubTokenizer } from './hub-tokenizer.js';
import { CHECK_TEXT, PRE_TOKENIZER_NAMES } from './pre-tokenizer-names.js';

/**
 * Name of the pre-tokenizer for `tokenizer.ggml.pre`: the converter encodes a fixed text with the repository's own
 * tokenizer and looks up the SHA-256 of the printed list of ids. Throws `TOKENIZER_UNSUPPORTED` when it is not listed.
 */
export function preTokenizerName(tokenizer: HubTokenizer): string {
  const hash = idListHash(encodeCheckText(tokenizer));
  const name = PRE_TOKENIZER_NAMES.get(hash);
  if (name !== undefined) return name;
  throw new SlipwayError('TOKENIZER_UNSUPPORTED', 'the pre-tokenizer is not one that llama.cpp 0.5.0 recognises', {
    where: 'tokenizer.json',
    got: `check hash ${hash}`,
    context: { hash },
    try: "name the pre-tokenizer that it behaves like with '--pre NAME'",
  });
}

/** SHA-256 of the ids as Python prints a list: `[1, 2, 3]`. */
export function idListHash(ids: readonly number[]): string {
  return createHash('sha256')
    .update(`[${ids.join(', ')}]`)
    .digest('hex');
}

/** How long the check text may take: the patterns come from the repository and could be made to never end. */
const TIME_LIMIT = 20_000;

/**
 * Ids of the check text, special tokens included. Throws `TOKENIZER_UNSUPPORTED` for a tokenizer that fails on it or
 * takes longer than `timeLimit` milliseconds.
 */
export function encodeCheckText(tokenizer: HubTokenizer, timeLimit: number = TIME_LIMIT): readonly number[] {
  const definition = {
    added_tokens: [...tokenizer.added].map(([id, token]) => ({ ...token, id, single_word: token.singleWord })),
    normalizer: tokenizer.normalizer ?? null,
    pre_tokenizer: tokenizer.preTokenizer ?? null,
    post_processor: tokenizer.postProcessor ?? null,
    decoder: null,
  };
  const encode = (): readonly number[] => {
    const model = reducedModel(tokenizer.model, piecesOf(definition));
    return new Tokenizer({ ...definition, model }, {}).encode(CHECK_TEXT).ids;
  };
  try {
    const limit = {
      ms: timeLimit,
      code: 'TOKENIZER_UNSUPPORTED',
      what: 'the check text',
      where: 'tokenizer.json',
    } as const;
    return withTimeLimit(encode, limit);
  } catch (cause) {
    if (SlipwayError.is(cause) && cause.code === 'ABORTED') throw cause;
    throw new SlipwayError('TOKENIZER_UNSUPPORTED', 'the tokenizer cannot encode the check text', {
      where: 'tokenizer.json',
      try: "name the pre-tokenizer that it behaves like with '--pre NAME'",
      cause,
    });
  }
}

/** The pieces of the check text that reach the model. */
function piecesOf(definition: object): readonly string[] {
  const tokenizer = new Tokenizer({ ...definition, model: { type: 'BPE', vocab: {}, merges: [] } }, {});
  const pieces: string[] = [];
  const collect = (texts: readonly string[]): string[] => {
    pieces.push(...texts);
    return [];
  };
  Object.assign(tokenizer, { model: collect }).tokenize(CHECK_TEXT);
  return pieces;
}
