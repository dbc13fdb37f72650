import { jsonField } from '../../files/index.js';
import type { KeyValues } from '../metadata/key-values.js';
import { readBpe } from './bpe.js';
import type { TokenizerOptions } from './choice.js';
import { unsupportedTokenizer } from './limits.js';
import { isLlamaHf, readLlamaHf } from './llama-hf.js';
import { readMistral } from './mistral.js';
import { readSentencePiece } from './sentencepiece.js';
import { truthy } from '../config/truthy.js';
import { readSpecialVocabulary, writeSpecialVocabulary } from './special-vocabulary.js';
import type { TokenizerFiles } from './tokenizer-files.js';

/** Rows of Code Llama's embedding, by which the reference knows the model. */
const CODE_LLAMA_ROWS = 32_016;
/** Rows of the small Granite models'. */
const GRANITE_ROWS = 49_152;
const END_OF_TURN_OF_CODE_LLAMA = 32_010;

/**
 * The Llama family, which comes with every kind of tokenizer: tekken.json, tokenizer.model, a tokenizer.json that
 * stands for one, or byte-level BPE; the first that is there counts (`LlamaModel.set_vocab`).
 */
export async function readLlama(files: TokenizerFiles, options: TokenizerOptions, keys: KeyValues): Promise<void> {
  if (files.has('tekken.json') && !files.has('tokenizer.json')) return readMistral(files, options, keys);
  const config = (await files.object('tokenizer_config.json')) ?? {};
  const prefix = jsonField(config, 'add_prefix_space') ?? null;
  if (prefix !== null) keys.bool('tokenizer.ggml.add_space_prefix', truthy(prefix));
  if (jsonField(config, 'tokenizer_class') === 'HybridDNATokenizer') {
    throw unsupportedTokenizer(
      "the tokenizer class 'HybridDNATokenizer' needs code from the repository",
      'tokenizer_config.json',
    );
  }
  if (files.has('tokenizer.model')) await readSentencePiece(files, options, keys);
  else if (await isLlamaHf(files)) await readLlamaHf(files, options, keys);
  else await readBpe(files, options, keys);
  if (options.vocabSize === CODE_LLAMA_ROWS) await addCompletionTokens(files, keys, END_OF_TURN_OF_CODE_LLAMA);
  if (options.vocabSize === GRANITE_ROWS) keys.bool('tokenizer.ggml.add_bos_token', false);
}

/** Refact: byte-level BPE with the tokens of code completion. */
export async function readRefact(files: TokenizerFiles, options: TokenizerOptions, keys: KeyValues): Promise<void> {
  await readBpe(files, options, keys);
  await addCompletionTokens(files, keys);
}

/** Of the special tokens of code completion only the end of turn has a key in this release. */
async function addCompletionTokens(files: TokenizerFiles, keys: KeyValues, endOfTurn?: number): Promise<void> {
  const special = await readSpecialVocabulary(files, { merges: false, roles: ['prefix', 'suffix', 'middle', 'eot'] });
  special.chatTemplate = undefined;
  if (endOfTurn !== undefined && !special.ids.has('eot')) special.ids.set('eot', endOfTurn);
  writeSpecialVocabulary(keys, special);
}

/** tokenizer.model when there is one, else BPE (Qwen2, DeepSeek 1 and others). */
export async function readSentencePieceOrBpe(
  files: TokenizerFiles,
  options: TokenizerOptions,
  keys: KeyValues,
): Promise<void> {
  if (files.has('tokenizer.model')) return readSentencePiece(files, options, keys);
  return readBpe(files, options, keys);
}
