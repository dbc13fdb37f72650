import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createContext } from '../../src/core/index.js';
import { loadGate } from '../../src/stages/evaluation/evaluate-on-disk.js';

describe('what --gate is given', () => {
  const context = createContext();
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-gate-'));
  });
  afterAll(async () => await rm(folder, { recursive: true }));

  test.each([
    ['kld.mean<0.02,top.same>94', 2],
    ['kld.mean<0.02\n top.same>94\n', 2],
    ['kld.mean≤0.02', 1],
    ['smoke', 1],
  ])('%j is conditions', async (given, count) => {
    expect(await loadGate(given, context)).toHaveLength(count);
  });

  test('a path is a file, whatever its name', async () => {
    const path = join(folder, 'limits');
    await writeFile(path, 'kld.mean<0.02\n');
    expect(await loadGate(path, context)).toHaveLength(1);
  });

  test.each(['', ' ', 'kld.mean', 'kld.mean==0', 'kld.mean=0.02'])(
    '%j is no conditions, and says so',
    async (given) => {
      await expect(loadGate(given, context)).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: 'a gate cannot be read',
        details: { got: expect.stringMatching(/no conditions|neither conditions/) },
      });
    },
  );

  test('a file that is not there is not found', async () => {
    await expect(loadGate(join(folder, 'gate.yaml'), context)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(loadGate('no-such-gate.yaml', context)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
