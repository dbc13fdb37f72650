import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { publicSurface } from './api.mjs';

// The public surface is an artefact: `npm run api` writes it, and a change of it is reviewed. It is read from dist/src, which
// `npm test` has just built.
/** Types that a public signature names and that no entry exports. The number only goes down. */
const MOST_HIDDEN = 247;

test('the public surface is the one that was reviewed: npm run build && npm run api', () => {
  const { text, hidden } = publicSurface();
  expect(hidden.length).toBeLessThanOrEqual(MOST_HIDDEN);
  expect(text).toBe(readFileSync(join(import.meta.dirname, 'api.d.ts'), 'utf8'));
});
