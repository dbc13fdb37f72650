import { lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { diskError, SlipwayError } from '../core/index.js';

/**
 * Makes folders below `root` that only their owner may enter (0700). One that is there already may have any mode, but
 * must be a directory: a link could lead anywhere. Throws `PATH_UNSAFE`.
 */
export async function makePrivateFolders(root: string, folders: readonly string[]): Promise<void> {
  try {
    await mkdir(root, { recursive: true, mode: 0o700 });
    for (const folder of folders) {
      let path = root;
      for (const segment of folder.split('/')) {
        path = join(path, segment);
        await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
          if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        });
        if (!(await lstat(path)).isDirectory()) throw notFolder(path);
      }
    }
  } catch (error) {
    throw diskError(error, root);
  }
}

function notFolder(path: string): SlipwayError {
  return new SlipwayError('PATH_UNSAFE', `'${path}' is no directory of its own`, {
    where: path,
    got: 'a link, or a file',
    try: 'remove it, or choose another place with PIPELINE_HOME',
  });
}
