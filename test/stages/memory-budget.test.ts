import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createContext, HOST_BYTES, residentBytes } from '../../src/core/index.js';
import { RunState } from '../../src/core/run-state.js';
import { serviceLimits } from '../../src/service/limits.js';
import { GARBAGE, memoryBudget, THREAD } from '../../src/stages/memory-budget.js';
import { leastMemory } from '../../src/stages/resources.js';

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
        const shared = resident * MIB + budget.threads * THREAD + budget.jobs + budget.window + budget.held;
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

test('what is kept of sources gets what threads and rows have no use for', () => {
  const [small, large] = [256, 2048].map((memory) => memoryBudget(limits(memory * MIB, 2), 1, 90 * MIB));
  expect(small?.held).toBeLessThan(64 * MIB);
  expect(large?.held).toBeGreaterThan(1024 * MIB);
  expect(large?.jobs).toBeLessThan(64 * MIB);
});

test('the runs of a service fit its limit all together', () => {
  const service = serviceLimits({ memory: 4096 * MIB, threads: 2, pipelines: 8 });
  const base = service.each.process?.base ?? 0;
  expect(base).toBeGreaterThan(4096 * MIB * GARBAGE);
  const { threads, jobs, held, window } = memoryBudget(service.each, 1, 4000 * MIB);
  expect(threads).toBe(2);
  expect(base + 8 * (jobs + held + window)).toBeLessThanOrEqual(4096 * MIB);
});

test('what a process held for other uses when a run began is not counted, however much it is', () => {
  const limit = { concurrency: 1, threads: 2, memory: 512 * MIB };
  const least = (host: number): number => {
    const state = new RunState();
    // As if the process had held all but so much of what it holds now.
    state.set(HOST_BYTES, Math.max(0, residentBytes() - host));
    return leastMemory(createContext({ limits: limit, state }), 1);
  };
  expect(least(100 * MIB)).toBeLessThan(320 * MIB);
  expect(least(100 * MIB)).toBe(least(100 * MIB));
  // What a run has taken since does count.
  expect(least(residentBytes())).toBeGreaterThanOrEqual(least(64 * MIB));
});

test('a context knows what its process held before it', () => {
  const own = residentBytes() - (createContext().state.get(HOST_BYTES) ?? 0);
  expect(own).toBeLessThan(160 * MIB);
});
