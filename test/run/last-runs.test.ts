import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { expectedTime } from '../../src/run/index.js';
import { createRunId } from '../../src/run/run-id.js';

let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'slipway-last-'));
});
afterEach(async () => rm(home, { recursive: true, force: true }));

async function record(at: number, result: unknown): Promise<string> {
  const run = createRunId(new Date(at));
  await mkdir(join(home, 'runs', run), { recursive: true });
  await writeFile(join(home, 'runs', run, 'result.json'), typeof result === 'string' ? result : JSON.stringify(result));
  return run;
}

const done = (name: string, durationMs: number, bytes: number): unknown => ({
  ok: true,
  name,
  durationMs,
  stages: [
    { stage: 'download', bytes },
    { stage: 'push', bytes },
  ],
});

test('a machine without records expects nothing', async () => {
  expect(await expectedTime(home, { name: 'a', bytes: 10 })).toBeUndefined();
});

test('the last run of the same name counts, bytes by bytes; else the speed of any', async () => {
  const own = await record(1000, done('a', 4000, 500));
  const other = await record(2000, done('b', 1000, 50));
  expect(await expectedTime(home, { name: 'a', bytes: 2000 })).toEqual({ durationMs: 8000, run: own, isSame: true });
  expect(await expectedTime(home, { name: 'c', bytes: 50 })).toEqual({ durationMs: 500, run: other, isSame: false });
});

test('runs that failed, moved nothing, or left a record that cannot be read say nothing', async () => {
  await record(1000, { ...(done('a', 1, 1) as object), ok: false });
  await record(2000, done('a', 1000, 0));
  await record(3000, '{"ok": true');
  expect(await expectedTime(home, { name: 'a', bytes: 10 })).toBeUndefined();
});
