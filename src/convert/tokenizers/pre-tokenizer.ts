import { createHash } from 'node:crypto';
import { Tokenizer } from '@huggingface/tokenizers';
import { SlipwayError } from '../../core/index.js';
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

/** Ids of the check text, special tokens included. */
export function encodeCheckText(tokenizer: HubTokenizer): readonly number[] {
  const definition = {
    added_tokens: [...tokenizer.added].map(([id, token]) => ({ ...token, id, single_word: token.singleWord })),
    normalizer: tokenizer.normalizer ?? null,
    pre_tokenizer: tokenizer.preTokenizer ?? null,
    post_processor: tokenizer.postProcessor ?? null,
    decoder: null,
  };
  try {
    const model = reducedModel(tokenizer.model, piecesOf(definition));
    return new Tokenizer({ ...definition, model }, {}).encode(CHECK_TEXT).ids;
  } catch (cause) {
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
