import type { KeyValues } from '../metadata/key-values.js';
import { checkTokenCount } from './limits.js';

/** Token types as llama.cpp numbers them (`llama_token_type`); SentencePiece uses the same numbers. */
export const TOKEN_TYPE = { NORMAL: 1, UNKNOWN: 2, CONTROL: 3, USER_DEFINED: 4, UNUSED: 5, BYTE: 6 } as const;

/** A vocabulary in the order of its ids. */
export interface TokenList {
  readonly tokens: string[];
  readonly types: Int32Array;
  /** Only where the tokenizer has scores. */
  readonly scores?: Float32Array;
}

/** A list of `size` fillers: `[PADi]`, unused, with the score that fillers have. */
export function paddedTokens(size: number, where: string): Required<TokenList> {
  checkTokenCount(size, where);
  return {
    tokens: Array.from({ length: size }, (_, id) => `[PAD${id}]`),
    types: new Int32Array(size).fill(TOKEN_TYPE.UNUSED),
    scores: new Float32Array(size).fill(-10_000),
  };
}

/** Writes the keys that every tokenizer has, in the reference's order. */
export function writeTokens(keys: KeyValues, model: string, pre: string | undefined, list: TokenList): void {
  keys.string('tokenizer.ggml.model', model);
  if (pre !== undefined) keys.string('tokenizer.ggml.pre', pre);
  keys.array('tokenizer.ggml.tokens', 'STRING', list.tokens);
  if (list.scores !== undefined) keys.array('tokenizer.ggml.scores', 'FLOAT32', list.scores);
  keys.array('tokenizer.ggml.token_type', 'INT32', list.types);
}

/** Whether a token is a control token by its looks: some repositories forget to mark theirs. */
export function looksSpecial(token: string): boolean {
  if (['<pad>', '<mask>', '<2mass>', '[@BOS@]'].includes(token)) return true;
  if (token.startsWith('<|') && token.endsWith('|>')) return true;
  if (token.startsWith('<｜') && token.endsWith('｜>')) return true;
  return token.startsWith('<unused') && token.endsWith('>');
}
