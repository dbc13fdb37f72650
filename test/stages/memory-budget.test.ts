import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memoryBudget, THREAD } from '../../src/stages/memory-budget.js';

const MIB = 2 ** 20;
const limits = (memory: number, threads: number) => ({ memory, threads, concurrency: 4 });

test('what is shared out fits the limit, when the limit is the least or more', () => {
  const any = { memory: fc.integer({ min: 64, max: 4096 }), threads: fc.integer({ min: 1, max: 64 }) };
  fc.assert(
    fc.property(
      fc.record(any),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 60, max: 400 }),
      (limit, variants, resident) => {
        const budget = memoryBudget(limits(limit.memory * MIB, limit.threads), variants, resident * MIB);
        expect(budget.threads).toBeGreaterThanOrEqual(1);
        expect(budget.threads).toBeLessThanOrEqual(limit.threads);
        if (budget.least > limit.memory * MIB) return;
        const shared = resident * MIB + budget.threads * THREAD + budget.jobs + budget.window;
        expect(shared).toBeLessThanOrEqual(limit.memory * MIB);
      },
    ),
  );
});

test('more memory never means fewer threads or less in flight; more variants need more', () => {
  const [small, large] = [
    memoryBudget(limits(256 * MIB, 8), 2, 100 * MIB),
    memoryBudget(limits(1024 * MIB, 8), 2, 100 * MIB),
  ];
  expect(large.threads).toBeGreaterThanOrEqual(small.threads);
  expect(large.jobs).toBeGreaterThan(small.jobs);
  expect(memoryBudget(limits(256 * MIB, 8), 4, 100 * MIB).least).toBeGreaterThan(small.least);
  // The least does not depend on the limit that was given.
  expect(large.least).toBe(small.least);
});
