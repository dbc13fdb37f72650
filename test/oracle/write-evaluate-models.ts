// Writes the models and texts whose numbers test/oracle/evaluate.sh takes down:
//   SLIPWAY_TEST_INPUTS=... npx jiti test/oracle/write-evaluate-models.ts DIR
import { copyFile, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { glassModels, moeModels } from '../evaluate/glass.js';

const to = process.argv[2] ?? 'evaluate-models';
await mkdir(to, { recursive: true });
for (const { models, text } of [await glassModels(['Q8_0', 'Q4_0']), await moeModels(['Q4_0'])]) {
  for (const path of [...Object.values(models), text]) await copyFile(path, join(to, basename(path)));
}
