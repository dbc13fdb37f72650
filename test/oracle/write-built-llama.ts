// Writes the models of `slipway/testing` to a directory, for the oracle: npx jiti test/oracle/write-built-llama.ts DIR
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BUILT_LLAMAS } from '../testing/built-llamas.js';
import { buildLlama } from '../../src/testing/index.js';

const root = process.argv[2] ?? 'built';
for (const [name, options] of Object.entries(BUILT_LLAMAS)) {
  for (const file of buildLlama(options)) {
    const path = join(root, name, file.path);
    await mkdir(dirname(path), { recursive: true });
    await pipeline(file.read(), createWriteStream(path));
  }
}
