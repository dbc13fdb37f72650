import { isJsonObject, jsonField } from '../../files/index.js';
import type { KeyValues } from '../metadata/key-values.js';
import { applySpecialTokens, type TokenizerOptions } from './choice.js';
import { hubTokenList } from './hub-token-list.js';
import { readHubTokenizer, type HubTokenizer } from './hub-tokenizer.js';
import { unsupportedTokenizer } from './limits.js';
import { preTokenizerName } from './pre-tokenizer.js';
import { readSlowTokenizer } from './slow-tokenizer.js';
import { readSpecialVocabulary, writeSpecialVocabulary } from './special-vocabulary.js';
import { writeTokens } from './token-list.js';
import type { TokenizerFiles } from './tokenizer-files.js';

/** The repository's tokenizer from tokenizer.json, or from vocab.json and merges.txt. */
export async function requireHubTokenizer(files: TokenizerFiles, options: TokenizerOptions): Promise<HubTokenizer> {
  const lenient = options.pre !== undefined;
  const tokenizer = (await readHubTokenizer(files, lenient)) ?? (await readSlowTokenizer(files, lenient));
  if (tokenizer !== undefined) return tokenizer;
  throw unsupportedTokenizer('the repository has no tokenizer that can be read', 'tokenizer.json');
}

/**
 * Byte-level BPE, or whole words cut at white space where tokenizer.json cuts so (Jina's embeddings for code). Only the
 * vocabulary tells the reference which one it is: the pre-tokenizer must be one that it knows, but is not written.
 */
export async function readBpeOrWhitespace(
  files: TokenizerFiles,
  options: TokenizerOptions,
  keys: KeyValues,
): Promise<void> {
  const definition = await files.object('tokenizer.json');
  const part = definition === undefined ? undefined : jsonField(definition, 'pre_tokenizer');
  if (!isJsonObject(part) || jsonField(part, 'type') !== 'Whitespace') return readBpe(files, options, keys);
  const tokenizer = await requireHubTokenizer(files, options);
  if (options.pre === undefined) await files.step(() => preTokenizerName(tokenizer));
  const list = await files.step(() => hubTokenList(tokenizer, options.vocabSize));
  writeTokens(keys, 'whitespace', 'whitespace', list);
  writeSpecialVocabulary(keys, await readSpecialVocabulary(files, { merges: true }));
}

/** Byte-level BPE and whatever else llama.cpp treats like it (`_set_vocab_gpt2`). */
export async function readBpe(files: TokenizerFiles, options: TokenizerOptions, keys: KeyValues): Promise<void> {
  const tokenizer = await requireHubTokenizer(files, options);
  const pre = options.pre ?? (await files.step(() => preTokenizerName(tokenizer)));
  writeTokens(keys, 'gpt2', pre, await files.step(() => hubTokenList(tokenizer, options.vocabSize)));
  const special = await readSpecialVocabulary(files, {
    merges: true,
    roles: options.roles,
  });
  const added = await files.step(() => new Map([...tokenizer.added].map(([id, token]) => [token.content, id])));
  applySpecialTokens(special, options.special, (token) => added.get(token));
  writeSpecialVocabulary(keys, special);
  if (options.tokenTypeCount !== undefined) keys.uint32('tokenizer.ggml.token_type_count', options.tokenTypeCount);
}
