import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LINT_RULES } from '../../src/lint/index.js';

test('docs/lint.md names every rule with its level', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/lint.md'), 'utf8');
  for (const [code, { level, title, why }] of Object.entries(LINT_RULES)) {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${code}\` `));
    const cells = (row ?? '').split('|').map((cell) => cell.trim());
    expect(cells.slice(2, 5), code).toEqual([level, title, why]);
  }
});
