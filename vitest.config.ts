import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    typecheck: { enabled: false },
    // A watchdog, and no statement about speed: a busy machine may take its time.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Two processes fit the smallest CI machine (2 cores); worker threads of the pool come on top.
    maxWorkers: 2,
    pool: 'forks',
  },
});
