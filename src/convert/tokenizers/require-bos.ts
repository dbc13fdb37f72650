import { SlipwayError } from '../../core/index.js';
import type { Repository } from '../repository.js';
import { readSettings } from './hub-tokenizer.js';
import { tokenizerClass } from './tokenizer-class.js';
import { TokenizerFiles } from './tokenizer-files.js';

/**
 * Refuses a tokenizer that puts no BOS in front of a text, where the reference refuses it because the model cannot do
 * without (DeepSeek V3.2). Throws `TOKENIZER_INVALID`.
 */
export async function requireBosToken(repository: Repository): Promise<void> {
  const { config } = await readSettings(new TokenizerFiles(repository));
  const isAdded = Object.hasOwn(config, 'add_bos_token')
    ? config['add_bos_token'] === true
    : tokenizerClass(config, repository.config, true).rewrites?.bos === true;
  if (isAdded) return;
  throw new SlipwayError('TOKENIZER_INVALID', 'the tokenizer adds no BOS token, which this model needs', {
    where: 'tokenizer_config.json: add_bos_token',
    got: JSON.stringify(config['add_bos_token'] ?? null),
    try: 'set "add_bos_token": true in tokenizer_config.json, as the original repository has it',
  });
}
