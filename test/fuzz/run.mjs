// npm run fuzz -- [--seconds 60 | --inputs 1000000] [--seed 1] [--only gguf] [--keep]
// Compiled first, inside the project so that its packages are found.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';

const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
execFileSync(process.execPath, [compiler, '-p', import.meta.dirname], { stdio: 'inherit' });
await import('../../.cache/fuzz/test/fuzz/main.js');
