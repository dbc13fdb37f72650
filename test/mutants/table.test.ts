import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
// @ts-expect-error the table is a plain module, which its script runs without a build
import { MUTANTS } from './table.mjs';

const ROOT = resolve(import.meta.dirname, '../..');

interface Mutant {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** A row whose line was rewritten changes nothing any more, and would go unnoticed until the long script is run by hand. */
test('every mutant changes one line that is there', () => {
  const stale = (MUTANTS as readonly Mutant[]).filter(({ file, from, to }) => {
    const times = readFileSync(resolve(ROOT, file), 'utf8').split(from).length - 1;
    return times !== 1 || from === to;
  });
  expect(stale).toEqual([]);
});
