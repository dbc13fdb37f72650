import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

test('docs/events.md names every event, and no other', () => {
  const declared = new Set(
    [...read('src/core/events.ts').matchAll(/readonly type: '([\w.]+)'/g)].map(([, name]) => name),
  );
  const rows = [...read('docs/events.md').matchAll(/^\| `([\w.]+)` /gm)].map(([, name]) => name);
  expect(new Set(rows)).toEqual(declared);
});

test('every file that ARCHITECTURE.md and CONTRIBUTING.md name is there', async () => {
  const { existsSync } = await import('node:fs');
  const missing = ['ARCHITECTURE.md', 'CONTRIBUTING.md'].flatMap((page) =>
    [...read(page).matchAll(/`((?:src|test|workers|docs)\/[\w./-]+)`/g)]
      .map(([, path = '']) => path)
      .filter((path) => !existsSync(join(ROOT, path))),
  );
  expect(missing).toEqual([]);
});
