import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tokenizerMetadata, type TokenizerChoice } from '../../src/convert/tokenizers/index.js';
import type { GgufValue } from '../../src/gguf/index.js';
import { repositoryOf } from '../support/snapshot-of.js';
import { valueDigest } from '../support/value-digest.js';

// Real tokenizers, fetched by test/support/fetch-inputs.sh, against what llama.cpp's converter made of them.
interface Case {
  readonly name: string;
  readonly config: string;
  readonly override?: Record<string, unknown>;
  readonly choice?: TokenizerChoice;
  readonly files: Record<string, string>;
  readonly texts?: Record<string, unknown>;
}
const ROOT = join(import.meta.dirname, '..');
const INPUTS = process.env['SLIPWAY_TEST_INPUTS'];
const table = JSON.parse(readFileSync(join(ROOT, 'oracle/tokenizers-cases.json'), 'utf8')) as {
  configs: Record<string, Record<string, unknown>>;
  cases: Case[];
};
const golden = JSON.parse(readFileSync(join(ROOT, 'fixtures/golden/tokenizers.json'), 'utf8')) as Record<
  string,
  (readonly [key: string, digest: string, value?: unknown])[] | 'refused'
>;

/** The case's files; `undefined` when one of them was not fetched. */
function contents(kase: Case): Record<string, unknown> | undefined {
  const found: Record<string, unknown> = {
    'config.json': { ...table.configs[kase.config], ...kase.override },
    ...kase.texts,
  };
  for (const [name, source] of Object.entries(kase.files)) {
    const path = join(INPUTS ?? '', source);
    if (INPUTS === undefined || !existsSync(path)) return undefined;
    if (name === '') for (const file of readdirSync(path)) found[file] = readFileSync(join(path, file));
    else found[name] = readFileSync(path);
  }
  return found;
}

function described(entries: readonly (readonly [string, GgufValue])[]): unknown[] {
  return entries.map(([key, value]) => [key, valueDigest(value), ...small(value)]);
}

function small(value: GgufValue): unknown[] {
  if (value.type === 'ARRAY') return [];
  return typeof value.value === 'string' && Array.from(value.value).length > 40 ? [] : [value.value];
}

describe.skipIf(INPUTS === undefined)('real tokenizers become what llama.cpp makes of them', () => {
  for (const kase of table.cases) {
    const files = contents(kase);
    test.skipIf(files === undefined)(kase.name, async () => {
      const repository = await repositoryOf(files ?? {});
      const run = tokenizerMetadata(repository, kase.choice ?? { kind: 'bpe' });
      const expected = golden[kase.name];
      if (expected === 'refused') await expect(run).rejects.toMatchObject({ code: /^TOKENIZER_/ });
      else expect(described(await run)).toEqual(expected);
    });
  }
});
