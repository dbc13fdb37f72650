import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tokenizerMetadata, type TokenizerChoice } from '../../src/convert/tokenizers/index.js';
import type { GgufValue } from '../../src/gguf/index.js';
import { sentencePieceModel, type ModelDescription } from '../support/sentencepiece-writer.js';
import { repositoryOf } from '../support/snapshot-of.js';
import { valueDigest } from '../support/value-digest.js';

// What llama.cpp's converter made of each case: test/oracle/tokenizers_golden.py. The small tokenizers are in the table;
// the real ones are fetched by test/support/fetch-inputs.sh into the folder that SLIPWAY_TEST_INPUTS names.
interface Case {
  readonly name: string;
  readonly config: string;
  readonly override?: Record<string, unknown>;
  readonly choice: TokenizerChoice;
  readonly files?: Record<string, string>;
  readonly texts?: Record<string, unknown>;
  readonly models?: Record<string, unknown>;
}
type Row = readonly [key: string, digest: string, ...value: unknown[]];

const ROOT = join(import.meta.dirname, '..');
const INPUTS = process.env['SLIPWAY_TEST_INPUTS'];
const table = JSON.parse(readFileSync(join(ROOT, 'oracle/tokenizers-cases.json'), 'utf8')) as {
  configs: Record<string, Record<string, unknown>>;
  shared: Record<string, unknown>;
  cases: Case[];
};
const golden = JSON.parse(readFileSync(join(ROOT, 'fixtures/golden/tokenizers.json'), 'utf8')) as Record<
  string,
  readonly Row[] | 'refused'
>;

/** Replaces "@name" by what the table shares under that name. */
function expanded(value: unknown): unknown {
  if (typeof value === 'string' && value.startsWith('@')) return table.shared[value.slice(1)];
  if (Array.isArray(value)) return value.map(expanded);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expanded(item)]));
}

/** The case's files; `undefined` when one of them was not fetched. */
function contents(kase: Case): Record<string, unknown> | undefined {
  const found: Record<string, unknown> = { 'config.json': { ...table.configs[kase.config], ...kase.override } };
  for (const [name, source] of Object.entries(kase.files ?? {})) {
    const path = join(INPUTS ?? '', source);
    if (INPUTS === undefined || !existsSync(path)) return undefined;
    if (name === '') for (const file of readdirSync(path)) found[file] = readFileSync(join(path, file));
    else found[name] = readFileSync(path);
  }
  Object.assign(found, expanded(kase.texts ?? {}));
  for (const [name, model] of Object.entries(kase.models ?? {})) {
    found[name] = sentencePieceModel(expanded(model) as ModelDescription);
  }
  return found;
}

function described(entries: readonly (readonly [string, GgufValue])[]): Row[] {
  return entries.map(([key, value]) => [key, valueDigest(value), ...small(value)]);
}

function small(value: GgufValue): unknown[] {
  if (value.type === 'ARRAY') return [];
  return typeof value.value === 'string' && Array.from(value.value).length > 40 ? [] : [value.value];
}

function check(kase: Case): void {
  const files = contents(kase);
  test.skipIf(files === undefined)(kase.name, async () => {
    const run = tokenizerMetadata(await repositoryOf(files ?? {}), kase.choice);
    const expected = golden[kase.name];
    expect(expected).toBeDefined();
    if (expected === 'refused') {
      await expect(run).rejects.toMatchObject({ code: expect.stringMatching(/^TOKENIZER_/) as unknown });
      return;
    }
    // Mistral's way writes the model's vocab_size too; in a Llama repository that key is there already.
    const wanted = new Set(expected?.map(([key]) => key));
    const rows = described(await run).filter(([key]) => wanted.has(key) || !key.endsWith('.vocab_size'));
    expect(rows).toEqual(expected);
  });
}

describe('small tokenizers become what llama.cpp makes of them', () => {
  for (const kase of table.cases.filter(({ files }) => files === undefined)) check(kase);
});

const title = 'real tokenizers become what llama.cpp makes of them';
describe.skipIf(INPUTS === undefined)(
  `${title}${INPUTS === undefined ? ' (SLIPWAY_TEST_INPUTS is not set)' : ''}`,
  () => {
    for (const kase of table.cases.filter(({ files }) => files !== undefined)) check(kase);
  },
);
