import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    typecheck: { enabled: false },
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Two processes fit the smallest CI machine (2 cores); worker threads of the pool come on top.
    maxWorkers: 2,
    pool: 'forks',
  },
});
