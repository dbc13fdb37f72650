import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generalMetadata, sizeLabel } from '../../src/convert/metadata/index.js';
import { parseModelCard } from '../../src/convert/metadata/model-card.js';
import { nameParts, titleOf } from '../../src/convert/metadata/model-name.js';
import { SlipwayError } from '../../src/core/index.js';
import type { JsonObject } from '../../src/files/index.js';
import { repositoryOf } from '../support/snapshot-of.js';

// Golden values of gguf-py's own Metadata: test/oracle/metadata.py.
type Text = string | null;
interface Golden {
  readonly names: readonly [string, number, Text, Text, Text, Text, Text, Text][];
  readonly titles: readonly [string, string][];
  readonly sizes: readonly [[number, number, number, number], string][];
  readonly cards: Readonly<Record<string, readonly unknown[][] | 'refused'>>;
}
interface Card {
  readonly name: string;
  readonly directory: string;
  readonly card?: string;
  readonly config?: JsonObject;
  readonly generation?: unknown;
  readonly overrides?: JsonObject;
  readonly modelName?: string;
  readonly parameters?: number;
}
const ROOT = join(import.meta.dirname, '..');
const golden = JSON.parse(readFileSync(join(ROOT, 'fixtures/golden/metadata.json'), 'utf8')) as Golden;
const cards = JSON.parse(readFileSync(join(ROOT, 'oracle/metadata-cards.json'), 'utf8')) as Card[];

describe('names', () => {
  test('are taken apart as gguf-py does', () => {
    const actual = golden.names.map(([name, count]) => {
      const parts = nameParts(name, count);
      const { fullName, organization, basename, finetune, version, sizeLabel } = parts;
      return [
        name,
        count,
        ...[fullName, organization, basename, finetune, version, sizeLabel].map((part) => part ?? null),
      ];
    });
    expect(actual).toEqual(golden.names);
  });

  test('become titles as in gguf-py', () => {
    expect(golden.titles.map(([name]) => [name, titleOf(name)])).toEqual(golden.titles);
  });

  test('sizes are rounded as in Python', () => {
    const actual = golden.sizes.map(([counts]) => {
      const [total, shared, expert, expertCount] = counts;
      return [counts, sizeLabel({ total, shared, expert, expertCount })];
    });
    expect(actual).toEqual(golden.sizes);
  });

  test('of any shape are taken apart without a failure', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 2 ** 40 }), (name, count) => {
        const parts = nameParts(name, count);
        expect(parts.fullName).toBeTypeOf('string');
      }),
    );
  });
});

describe('general keys', () => {
  test.each(cards)('$name', async (card) => {
    const run = generalOf(card);
    const expected = golden.cards[card.name];
    if (expected === 'refused') await expect(run).rejects.toMatchObject({ code: 'MODEL_INVALID' });
    else expect(await run).toEqual(expected?.map(rounded));
  });

  test('arbitrary front matter gives keys or one clear error', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom('tags:', '- a', '  b: c', '&a *a', '<<: *a', '? x', '!!int x', '"'),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        try {
          parseModelCard(['---', ...lines, '---'].join('\n'));
        } catch (error) {
          expect(SlipwayError.is(error) && error.code).toBe('MODEL_INVALID');
        }
      }),
    );
  });

  test('a bomb of aliases is refused', () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const inner = level === 0 ? 'x' : Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ');
      return `k${level}: &a${level} [${inner}]`;
    });
    expect(() => parseModelCard(['---', ...levels, '---'].join('\n'))).toThrow(SlipwayError);
  });
});

async function generalOf(card: Card): Promise<unknown[]> {
  const files: Record<string, unknown> = { 'config.json': card.config ?? {} };
  if (card.card !== undefined) files['README.md'] = card.card;
  if (card.generation !== undefined) files['generation_config.json'] = card.generation;
  const total = card.parameters ?? 0;
  const entries = await generalMetadata(await repositoryOf(files, card.directory), {
    architecture: 'llama',
    parameters: { total, shared: total, expert: 0, expertCount: 0 },
    overrides: card.overrides,
    modelName: card.modelName,
  });
  return entries.map(([key, value]) =>
    value.type === 'ARRAY' ? [key, 'ARRAY', value.items, value.value] : [key, value.type, value.value],
  );
}

/** The golden values are Python's doubles and booleans; a GGUF holds 32 bits. */
function rounded(row: readonly unknown[]): readonly unknown[] {
  const [key, type, value] = row;
  if (type === 'INT32') return [key, type, Number(value)];
  return type === 'FLOAT32' ? [key, type, Math.fround(Number(value))] : row;
}
