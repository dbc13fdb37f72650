import { expect, test } from 'vitest';
import { serviceLimits } from '../../src/service/limits.js';
import { windowRoom } from '../../src/stages/reading.js';

const MIB = 2 ** 20;

test('what the runs of a service keep of their sources fits beside what the process takes, all together', () => {
  const limits = serviceLimits({ memory: 4096 * MIB, threads: 2, pipelines: 8 });
  const base = limits.each.process?.base ?? 0;
  expect(base).toBeGreaterThan(0);
  // Twice: readers run side by side where a plan has them one after another.
  expect(8 * 2 * windowRoom(limits.each)).toBeLessThan((4096 * MIB - base) / 2);
  expect(windowRoom({ ...limits.each, memory: base })).toBe(0);
});

test('a run that has the process for itself keeps most of its limit', () => {
  expect(windowRoom({ memory: 400 * MIB, threads: 1, concurrency: 1 })).toBe(300 * MIB);
});
