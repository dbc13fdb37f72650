import { expect, test } from 'vitest';
import { sideBySide } from '../../src/stages/side-by-side.js';

const turn = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('works on so many at a time, and gives results in the order of the items', async () => {
  let running = 0;
  let most = 0;
  const results = await sideBySide([5, 1, 4, 2, 3, 0], 3, async (turns) => {
    most = Math.max(most, ++running);
    for (let left = turns; left > 0; left--) await turn();
    running--;
    return turns * 10;
  });
  expect(results).toEqual([50, 10, 40, 20, 30, 0]);
  expect(most).toBe(3);
  expect(await sideBySide([], 3, turn)).toEqual([]);
});

test('a failure lets no further item begin, and is thrown when those that have begun are over', async () => {
  const begun: number[] = [];
  const over: number[] = [];
  const work = sideBySide([0, 1, 2, 3, 4, 5], 2, async (item) => {
    begun.push(item);
    if (item === 1) throw new Error('the disk is full');
    for (let left = 0; left < 5; left++) await turn();
    over.push(item);
  });
  await expect(work).rejects.toThrow('the disk is full');
  expect([begun, over]).toEqual([[0, 1], [0]]);
});
