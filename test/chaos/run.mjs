// npm run chaos -- [--runs 100] [--seed 1]
// Compiled first, inside the project so that its packages are found: thousands of processes are started, and from
// source each of them would take seconds.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';

execFileSync(
  process.execPath,
  [createRequire(import.meta.url).resolve('typescript/bin/tsc'), '-p', import.meta.dirname],
  {
    stdio: 'inherit',
  },
);
await import('../../.cache/chaos/test/chaos/main.js');
