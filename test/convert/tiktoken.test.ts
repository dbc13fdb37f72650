import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openRepository } from '../../src/convert/repository.js';
import { HUNYUAN_RULES } from '../../src/convert/tokenizers/hunyuan.js';
import { KIMI_RULES } from '../../src/convert/tokenizers/kimi.js';
import { encodeCheckText, idListHash } from '../../src/convert/tokenizers/pre-tokenizer.js';
import { STABLELM_RULES } from '../../src/convert/tokenizers/qwen.js';
import { readTiktoken, tiktokenTokenizer } from '../../src/convert/tokenizers/tiktoken-vocabulary.js';
import { TokenizerFiles } from '../../src/convert/tokenizers/tokenizer-files.js';
import { memoryFile } from '../../src/files/index.js';
import { tokenizerFiles } from './recipe.js';

const golden = JSON.parse(
  readFileSync(new URL('../fixtures/golden/tiktoken-check.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, { readonly count: number; readonly sha256: string }>>;

async function filesOf(name: string): Promise<TokenizerFiles> {
  const source = { kind: 'directory', name, url: `./${name}`, revision: 'fixture' } as const;
  const files = [memoryFile('config.json', '{}'), ...tokenizerFiles(name)];
  return new TokenizerFiles(await openRepository({ source, files }));
}

describe('the check text, cut and encoded as tiktoken does', () => {
  test.each([
    ['hunyuan', HUNYUAN_RULES],
    ['kimi', KIMI_RULES],
    ['stablelm', STABLELM_RULES],
  ])('%s', async (name, rules) => {
    const vocabulary = await readTiktoken(await filesOf(name), rules);
    const ids = encodeCheckText(tiktokenTokenizer(vocabulary, rules));
    expect({ count: ids.length, sha256: idListHash(ids) }).toEqual(golden[name]);
  });
});
