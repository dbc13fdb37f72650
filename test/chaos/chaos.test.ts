import { describe, expect, test } from 'vitest';
import { layoutRun, registryRun } from './scenario.js';

// The short form; `npm run chaos -- --runs 1000` is the long one.
describe('chaos', () => {
  test.each([1, 2])(
    'a push through faults and kills ends as an undisturbed one, seed %i',
    { timeout: 300_000 },
    async (seed) => {
      const { problems } = await registryRun(seed);
      expect(problems).toEqual([]);
    },
  );

  test('a layout survives kills, seed 3', async () => {
    expect((await layoutRun(3)).problems).toEqual([]);
  });
});
