import { existsSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { diskError, SlipwayError } from '../../core/index.js';

/** Writes a file that must not be there yet, nor any of `others`. Throws `TARGET_EXISTS`. */
export async function writeNewFile(
  path: string,
  content: string | Uint8Array,
  mode: number,
  others: readonly string[] = [],
): Promise<void> {
  const present = [path, ...others].find((one) => existsSync(one));
  if (present !== undefined) throw exists(present);
  try {
    await mkdir(dirname(path), { recursive: true });
    const handle = await open(path, 'wx', mode);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? exists(path) : diskError(error, path);
  }
}

function exists(path: string): SlipwayError {
  return new SlipwayError('TARGET_EXISTS', `'${path}' is there already, and is not written over`, {
    where: path,
    try: 'another name, or move the file away',
  });
}
