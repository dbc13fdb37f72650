import { jsonField } from '../../files/index.js';
import type { KeyValues } from '../metadata/key-values.js';
import { requireHubTokenizer } from './bpe.js';
import type { TokenizerOptions } from './choice.js';
import { templateFile } from './chat-template.js';
import { hubTokenList } from './hub-token-list.js';
import { preTokenizerName } from './pre-tokenizer.js';
import { readSpecialVocabulary, writeSpecialVocabulary } from './special-vocabulary.js';
import { TOKEN_TYPE, writeTokens } from './token-list.js';
import type { TokenizerFiles } from './tokenizer-files.js';

/** Ends the assistant's turn, although the tokenizer does not call it special. */
const TURN_END = '</assistant>';

/**
 * Laguna: byte-level BPE. The template of chat_template.jinja wins over tokenizer_config.json, which may only include
 * it; of several ends of a text the one that is no beginning ends a turn.
 */
export async function readLaguna(files: TokenizerFiles, options: TokenizerOptions, keys: KeyValues): Promise<void> {
  const tokenizer = await requireHubTokenizer(files, options);
  const list = await files.step(() => hubTokenList(tokenizer, options.vocabSize));
  for (const [id, token] of list.tokens.entries()) if (token === TURN_END) list.types[id] = TOKEN_TYPE.CONTROL;
  writeTokens(keys, 'gpt2', options.pre ?? (await files.step(() => preTokenizerName(tokenizer))), list);
  writeSpecialVocabulary(keys, await readSpecialVocabulary(files, { merges: true }));
  const template = await templateFile(files);
  if (template !== undefined) keys.string('tokenizer.chat_template', template);
  const { config } = files.repository;
  const ends = jsonField(config, 'eos_token_id');
  const begin = jsonField(config, 'bos_token_id');
  const turnEnd = Array.isArray(ends) ? ends.find((id) => id !== begin) : undefined;
  if (typeof turnEnd === 'number') keys.uint32('tokenizer.ggml.eot_token_id', turnEnd);
}
