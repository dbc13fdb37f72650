import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Folder of a real input below `SLIPWAY_TEST_INPUTS` (filled by test/support/fetch-inputs.sh), or `undefined` with one
 * visible line saying what is skipped.
 */
export function inputFolder(path: string): string | undefined {
  const root = process.env['SLIPWAY_TEST_INPUTS'];
  const folder = root === undefined ? undefined : join(root, path);
  if (folder !== undefined && existsSync(folder)) return folder;
  process.stderr.write(`skipped: ${path} is not there (SLIPWAY_TEST_INPUTS, test/support/fetch-inputs.sh)\n`);
  return undefined;
}
