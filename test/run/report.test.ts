import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatBytes,
  formatDuration,
  formatRate,
  formatSpace,
  renderReport,
  SummaryCollector,
} from '../../src/run/index.js';
import { layoutTreemap } from '../../src/run/report/treemap.js';
import { runPipeline } from '../../src/run/index.js';
import { createRunId, isRunId } from '../../src/run/run-id.js';
import { fakeConfig } from './fake-run.js';

describe('the report', () => {
  test('shows stages, types, tensors and digests, and fetches nothing', async () => {
    const collector = new SummaryCollector();
    await runPipeline(fakeConfig(), { onEvent: (event) => collector.add(event) });
    const page = renderReport(collector.summary());
    for (const text of [
      'tiny &lt;model&gt;',
      'Q4_K_M',
      'blk.1000.weight',
      `sha256:${'ab'.repeat(32)}`,
      'Bits per weight',
    ]) {
      expect(page).toContain(text);
    }
    expect(page).not.toMatch(/<script|<link|<img|url\(|https?:/i);
    expect(page).toContain("default-src 'none'");
    expect((page.match(/<svg/g) ?? []).length).toBe((page.match(/<\/svg\s*>/g) ?? []).length);
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('lets no name become markup', async () => {
    const collector = new SummaryCollector();
    const evil = `"><script>alert(1)</script>'&\u0000`;
    const base = { v: 1, ts: '2026-11-24T14:00:00.000Z', run: 'R' } as const;
    collector.add({ ...base, type: 'run.start', version: evil, config: null, name: evil });
    collector.add({
      ...base,
      type: 'tensor',
      stage: evil,
      variant: evil,
      name: evil,
      from: evil,
      to: evil,
      weights: 1,
      size: 9,
    });
    collector.add({ ...base, type: 'item.end', stage: evil, id: '1', name: evil, size: 3, durationMs: 1 });
    collector.add({ ...base, type: 'warning', code: evil, message: evil, hint: evil });
    collector.add({ ...base, type: 'error', code: 'INTERNAL', message: evil, where: evil, hint: evil });
    collector.add({ ...base, type: 'run.end', ok: false, exitCode: 1, durationMs: 0 });
    const page = renderReport(collector.summary());
    expect(page).not.toContain('<script');
    expect(page).not.toContain('\u0000');
  });

  test('of an empty run is still a page', () => {
    expect(renderReport(new SummaryCollector().summary())).toContain('</html>');
  });
});

test('a treemap fills its box with areas proportional to sizes', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 60 }), (sizes) => {
      const tiles = layoutTreemap(sizes, (size) => size, { x: 0, y: 0, width: 960, height: 440 });
      const total = sizes.reduce((sum, size) => sum + size, 0);
      expect(tiles).toHaveLength(sizes.length);
      for (const { item, x, y, width, height } of tiles) {
        expect(width * height).toBeCloseTo((item / total) * 960 * 440, 3);
        expect(x).toBeGreaterThanOrEqual(-1e-6);
        expect(x + width).toBeLessThanOrEqual(960 + 1e-6);
        expect(y + height).toBeLessThanOrEqual(440 + 1e-6);
      }
    }),
  );
});

test('run ids sort by time and are what pruning may delete', () => {
  const ids = [0, 1, 1_700_000_000_000, 1_700_000_000_001, 2 ** 45].map((time) => createRunId(new Date(time)));
  expect(ids).toEqual(ids.toSorted());
  expect(ids.every(isRunId)).toBe(true);
  expect(isRunId('../../etc/passwd')).toBe(false);
});

test('numbers read well', () => {
  expect([999, 1000, 3_104_000_000, 99_949_999, 1e15].map(formatBytes)).toEqual([
    '999 B',
    '1.00 kB',
    '3.10 GB',
    '99.9 MB',
    '1.00 PB',
  ]);
  expect(formatSpace(1.9 * 1024 ** 3)).toBe('1.90 GiB');
  expect(formatRate(118_000_000)).toBe('118 MB/s');
  expect([12, 999, 41_000, 59_960, 123_000, 3_840_000].map(formatDuration)).toEqual([
    '12 ms',
    '999 ms',
    '41.0 s',
    '1 min 00 s',
    '2 min 03 s',
    '1 h 04 min',
  ]);
});
