import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RunRecord } from '../../src/run/record.js';
import { createRunId } from '../../src/run/run-id.js';

test.skipIf(process.platform === 'win32')(
  "a record is its owner's alone: its folder and each of its files",
  async () => {
    const home = await mkdtemp(join(tmpdir(), 'slipway-record-'));
    try {
      const record = await RunRecord.create(home, createRunId(new Date()));
      record.append({ v: 1, type: 'warning', code: 'LINT', message: 'a', run: 'r', ts: '2026-01-01T00:00:00.000Z' });
      for (const file of ['config.json', 'plan.json', 'result.json', 'report.html'] as const)
        await record.write(file, {});
      await record.close();
      const modeOf = async (path: string): Promise<number> => (await stat(path)).mode % 0o1000;
      expect(await modeOf(record.directory)).toBe(0o700);
      const files = await readdir(record.directory);
      expect(files).toHaveLength(5);
      for (const file of files) expect([file, await modeOf(join(record.directory, file))]).toEqual([file, 0o600]);
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  },
);
