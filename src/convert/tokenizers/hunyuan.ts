import { isJsonObject, jsonField, type JsonObject } from '../../files/index.js';
import type { KeyValues } from '../metadata/key-values.js';
import { readBpe } from './bpe.js';
import type { TokenizerOptions } from './choice.js';
import { checkTokenCount, invalidTokenizer } from './limits.js';
import { QWEN2_PATTERN } from './slow-tokenizer.js';
import { readSpecialVocabulary, writeSpecialVocabulary } from './special-vocabulary.js';
import { readTiktoken, writeTiktoken, type TiktokenRules } from './tiktoken-vocabulary.js';
import { SPECIAL_ROLES, type SpecialRole } from './tokenizer-class.js';
import type { TokenizerFiles } from './tokenizer-files.js';

/** How Hunyuan reads its file. */
export const HUNYUAN_RULES: TiktokenRules = {
  file: 'hy.tiktoken',
  pattern: QWEN2_PATTERN,
  composed: true,
  numbered: true,
  strict: false,
};
/** Id of the first special token; the model's own code has it as a constant. */
const FIRST_SPECIAL = 127_957;
const SPECIAL = ['<|endoftext|>', '<|startoftext|>', '<|bos|>', '<|eos|>', '<|pad|>'];

/** Hunyuan: ranks of tiktoken in the order of the lines, special tokens known by the model's code up to the last row. */
export async function readHunyuan(files: TokenizerFiles, options: TokenizerOptions, keys: KeyValues): Promise<void> {
  const vocabulary = await readTiktoken(files, HUNYUAN_RULES);
  checkTokenCount(options.vocabSize ?? 0, 'config.json: vocab_size');
  const extra = (options.vocabSize ?? 0) - FIRST_SPECIAL - SPECIAL.length;
  if (extra < 0) {
    throw invalidTokenizer('the vocabulary has no room for the special tokens', 'config.json: vocab_size');
  }
  const tokens = [...SPECIAL, ...Array.from({ length: extra }, (_, index) => `<|extra_${index}|>`)];
  const special = new Map(tokens.map((token, index) => [FIRST_SPECIAL + index, token]));
  await files.step(() => writeTiktoken(keys, vocabulary, special, HUNYUAN_RULES, options));
  keys.array('tokenizer.ggml.merges', 'STRING', vocabulary.merges);
  writeSpecialVocabulary(keys, await readSpecialVocabulary(files, { merges: false }));
}

/** The dense models: tokenizer.json where there is one. A padding token of -1 stands for none. */
export async function readHunyuanDense(
  files: TokenizerFiles,
  options: TokenizerOptions,
  keys: KeyValues,
): Promise<void> {
  if (!files.has('tokenizer.json')) return readHunyuan(files, options, keys);
  return readBpe(files, { ...options, roles: rolesOf(files.repository.config) }, keys);
}

function rolesOf(config: JsonObject): readonly SpecialRole[] {
  const text = jsonField(config, 'text_config');
  const owner = isJsonObject(text) && Object.hasOwn(text, 'pad_token_id') ? text : config;
  const padding = jsonField(owner, 'pad_token_id');
  const without = typeof padding === 'number' && padding < 0;
  return SPECIAL_ROLES.filter((role) => !without || role !== 'pad');
}
