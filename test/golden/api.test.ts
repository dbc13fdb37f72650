import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { publicSurface } from './api.mjs';

const ROOT = join(import.meta.dirname, '../..');

// The public surface is an artefact: `npm run api` writes it, and a change of it is reviewed. It is read from dist/src, which
// `npm test` has just built.
test('the public surface is the one that was reviewed: npm run build && npm run api', () => {
  const { text, types, local } = publicSurface();
  // Every type that a public signature names can be imported.
  expect(local).toEqual([]);
  expect(readFileSync(join(ROOT, 'src/types.ts'), 'utf8')).toBe(types);
  expect(text).toBe(readFileSync(join(import.meta.dirname, 'api.d.ts'), 'utf8'));
});
