import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createContext, HOST_MEMORY } from '../../src/core/index.js';
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
  const own512 = limits(512 * MIB, 2);
  // Half a gibibyte of objects is what this process has to do with elsewhere.
  const elsewhere = Array.from({ length: 8 }, () => Buffer.alloc(64 * MIB));
  const context = createContext({ limits: own512 });
  expect(context.state.get(HOST_MEMORY)?.objects).toBeGreaterThan(400 * MIB);
  const least = leastMemory(context, 1);
  expect(least).toBeLessThan(320 * MIB);
  // What a run takes itself counts.
  const own = [Buffer.alloc(64 * MIB), ...elsewhere];
  expect(leastMemory(context, 1)).toBeGreaterThan(least + 60 * MIB);
  expect(own).toHaveLength(9);
});

test('a service has its limit for itself, whatever its process holds', () => {
  const elsewhere = Array.from({ length: 8 }, () => Buffer.alloc(64 * MIB));
  const { each, memory } = serviceLimits({ memory: 512 * MIB, threads: 2, pipelines: 2 });
  expect(memory).toBe(512 * MIB);
  expect(each.process?.base).toBeLessThan(400 * MIB);
  expect(each.process?.memory).toBeGreaterThan(512 * MIB);
  expect(elsewhere).toHaveLength(8);
});
