// npm run chaos -- [--runs 100] [--seed 1] [--most-seconds 600] [--width 1]
// Compiled first, inside the project so that its packages are found; the process that gets killed is joined into one file,
// because thousands of it are started. As root the disks are small file systems of their own, which can be full.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'rolldown';

const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
execFileSync(process.execPath, [compiler, '-p', import.meta.dirname], { stdio: 'inherit' });
const compiled = join(import.meta.dirname, '../../.cache/chaos/test/chaos');
await build({
  input: join(compiled, 'push-process.js'),
  platform: 'node',
  output: { dir: join(compiled, 'push') },
});
await import('../../.cache/chaos/test/chaos/main.js');
