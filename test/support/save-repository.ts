import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readWhole, type ModelFile } from '../../src/files/index.js';

/** Writes files of a small model to a directory. */
export async function saveRepository(files: readonly ModelFile[], directory: string): Promise<void> {
  for (const file of files) {
    const path = join(directory, file.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, await readWhole(file, 1e9));
  }
}
