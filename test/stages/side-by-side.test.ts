import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { abortedError, createContext } from '../../src/core/index.js';
import type { ModelFile } from '../../src/files/index.js';
import { placedAt, saveFiles } from '../../src/stages/save.js';
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

test('what is written beside a variant that fails is stopped, and leaves nothing', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'slipway-side-'));
  const waited = { signal: undefined as AbortSignal | undefined };
  const failing: ModelFile = {
    path: 'a.gguf',
    size: 10,
    async *read() {
      yield Buffer.from('a');
      // The other one has begun.
      while (waited.signal === undefined) await turn();
      throw new Error('its source is gone');
    },
  };
  const endless: ModelFile = {
    path: 'b.gguf',
    size: 1_000_000_000,
    async *read(_range, signal) {
      waited.signal = signal;
      for (;;) {
        if (signal?.aborted === true) throw abortedError(signal);
        yield Buffer.from('b');
        await turn();
      }
    },
  };
  await using context = createContext();
  const placed = [failing, endless].map((file) => placedAt(file, join(directory, file.path), file.path));
  await expect(saveFiles(placed, { confirm: async () => {} }, context)).rejects.toThrow('its source is gone');
  expect(await readdir(directory)).toEqual([]);
  await rm(directory, { recursive: true });
});
