import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createContext } from '../../src/core/index.js';
import { preflight } from '../../src/run/preflight.js';

const { limits } = createContext();
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'slipway-preflight-'));
});
afterAll(async () => rm(home, { recursive: true, force: true }));

const TOO_MUCH = 2 ** 60;

test('room is looked for where a stage writes, and the hint is about that place', async () => {
  const there = join(home, 'not/there/yet');
  const reports = [{ stage: 'save', summary: '', disk: TOO_MUCH, diskAt: there }];
  const failure = preflight(reports, limits, home);
  await expect(failure).rejects.toMatchObject({
    code: 'DISK_SPACE',
    message: expect.stringContaining(`needed in '${there}'`) as string,
    details: { try: ['free some space, or write to another disk'], kept: 'nothing was written' },
  });
});

test('places that are not there yet lie on the disk that they would be made on, and are added up', async () => {
  const parts = ['a', 'b/c'].map((name) => ({ stage: 'save', summary: '', disk: TOO_MUCH, diskAt: join(home, name) }));
  await expect(preflight(parts, limits, home)).rejects.toMatchObject({
    details: { got: 'save 1024 PiB + save 1024 PiB' },
  });
});

test('what goes to one disk is added up, and the store is one way to need less', async () => {
  const free = { stage: 'download', summary: '', disk: 1 };
  const failure = preflight([free, { stage: 'save', summary: '', disk: TOO_MUCH, diskAt: home }], limits, home);
  await expect(failure).rejects.toMatchObject({
    details: {
      got: 'download 1 B + save 1024 PiB',
      try: expect.arrayContaining(["stream without a local copy: store: 'none'"]) as string[],
    },
  });
  await expect(preflight([free], limits, home)).resolves.toBeUndefined();
});
