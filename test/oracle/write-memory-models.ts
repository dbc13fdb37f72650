// Writes the models of test/deploy/memory-models.ts as GGUF files for test/oracle/memory.py: npx jiti … DIR
// Their bytes are those of llama.cpp's converter: test/convert/golden.test.ts compares them.
import { mkdir } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { MEMORY_MODELS, memoryModel } from '../deploy/memory-models.js';

const folder = process.argv[2] ?? 'models';
await mkdir(folder, { recursive: true });
for (const name of MEMORY_MODELS) {
  const file = await memoryModel(name);
  await pipeline(file.read(), createWriteStream(join(folder, `${name}.gguf`)));
}
