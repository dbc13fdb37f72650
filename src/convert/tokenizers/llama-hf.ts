import { isJsonObject, jsonField } from '../../files/index.js';
import type { KeyValues } from '../metadata/key-values.js';
import { applySpecialTokens, type TokenizerOptions } from './choice.js';
import { readHubTokenizer, type HubTokenizer } from './hub-tokenizer.js';
import { invalidTokenizer, unsupportedTokenizer } from './limits.js';
import { readSpecialVocabulary, writeSpecialVocabulary } from './special-vocabulary.js';
import { paddedTokens, TOKEN_TYPE, writeTokens, type TokenList } from './token-list.js';
import type { TokenizerFiles } from './tokenizer-files.js';

/** Every token has this score: tokenizer.json does not say how likely one is. */
const SCORE = -1000;
/** Tokens that a chat parser must see although they are special (Gemma 4). */
const VISIBLE: ReadonlySet<string> = new Set([
  '<|channel>',
  '<channel|>',
  '<|tool_call>',
  '<tool_call|>',
  '<|tool_response>',
  '<tool_response|>',
  '<|"|>',
]);

/** Whether tokenizer.json holds a SentencePiece-like BPE that falls back to bytes (`LlamaHfVocab` takes only these). */
export async function isLlamaHf(files: TokenizerFiles): Promise<boolean> {
  const definition = await files.object('tokenizer.json');
  const model = definition === undefined ? undefined : jsonField(definition, 'model');
  const decoder = definition === undefined ? undefined : jsonField(definition, 'decoder');
  if (!isJsonObject(model) || !isJsonObject(decoder)) return false;
  const bpe = jsonField(model, 'type') === 'BPE' && jsonField(model, 'byte_fallback') === true;
  return bpe && jsonField(decoder, 'type') === 'Sequence';
}

/** The vocabulary of such a tokenizer: no fillers, so it must have no gaps. */
export async function llamaHfTokens(files: TokenizerFiles): Promise<Required<TokenList>> {
  const tokenizer = await readHubTokenizer(files, true);
  if (tokenizer === undefined || !(await isLlamaHf(files))) {
    throw unsupportedTokenizer('tokenizer.json is not a BPE with byte fallback', 'tokenizer.json');
  }
  return files.step(() => listWithoutGaps(tokenizer));
}

function listWithoutGaps(tokenizer: HubTokenizer): Required<TokenList> {
  const base = tokenizer.modelIds.size;
  const later = [...tokenizer.added].filter(([id]) => id >= base).sort(([left], [right]) => left - right);
  const list = paddedTokens(base + later.length, 'tokenizer.json');
  list.scores.fill(SCORE);
  const special = specialIds(tokenizer);
  const seen = new Uint8Array(base);
  tokenizer.modelIds.each((token, id) => {
    if (id >= base) throw invalidTokenizer('the vocabulary has a gap', 'tokenizer.json', `id ${id}, ${base} tokens`);
    seen[id] = 1;
    list.tokens[id] = token;
    list.types[id] = typeOf(token, special.has(id));
  });
  if (seen.includes(0)) throw invalidTokenizer('the vocabulary has a gap', 'tokenizer.json', `id ${seen.indexOf(0)}`);
  for (const [index, [id, token]] of later.entries()) {
    list.tokens[base + index] = token.content;
    list.types[base + index] = special.has(id) ? TOKEN_TYPE.CONTROL : TOKEN_TYPE.USER_DEFINED;
  }
  return list;
}

function specialIds(tokenizer: HubTokenizer): ReadonlySet<number> {
  const added = new Map([...tokenizer.added].map(([id, token]) => [token.content, id]));
  const ids = tokenizer.specialTokens.map((token) => added.get(token) ?? tokenizer.modelIds.get(token));
  return new Set(ids.filter((id) => id !== undefined));
}

function typeOf(token: string, special: boolean): number {
  if (/^<0x[0-9A-Fa-f]{2}>$/.test(token)) return TOKEN_TYPE.BYTE;
  return special ? TOKEN_TYPE.CONTROL : TOKEN_TYPE.NORMAL;
}

/** A tokenizer.json in place of a tokenizer.model (`_set_vocab_llama_hf`). */
export async function readLlamaHf(files: TokenizerFiles, options: TokenizerOptions, keys: KeyValues): Promise<void> {
  const list = await llamaHfTokens(files);
  writeTokens(keys, 'llama', options.pre ?? 'default', list);
  const special = await readSpecialVocabulary(files, { merges: false, vocabSize: list.tokens.length });
  applySpecialTokens(special, options.special, (token) => list.tokens.indexOf(token));
  writeSpecialVocabulary(keys, special);
}

/** The same vocabulary with its merges, under Gemma 4's own name. */
export async function readGemma4(files: TokenizerFiles, options: TokenizerOptions, keys: KeyValues): Promise<void> {
  const list = await llamaHfTokens(files);
  for (const [id, token] of list.tokens.entries()) if (VISIBLE.has(token)) list.types[id] = TOKEN_TYPE.USER_DEFINED;
  writeTokens(keys, 'gemma4', options.pre, list);
  writeSpecialVocabulary(keys, await readSpecialVocabulary(files, { merges: true }));
  keys.bool('tokenizer.ggml.add_space_prefix', false);
  keys.bool('tokenizer.ggml.add_bos_token', true);
}
