import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { diskError, ownMark } from '../../core/index.js';
import { openWriter, type Digester, type FileWriter } from '../../files/index.js';

/** Where unfinished files of a layout live: inside it, so that renaming never crosses file systems. */
export const STAGING = '.staging';

/**
 * Writes a file under a temporary name, lets `check` see it, forces it to disk and renames it: after a crash the final
 * name holds all of it or nothing. What was written is removed when anything fails. `expected`: the
 * content's size, about, and what is to hash it. `temporary`: a name that no other writer has.
 */
export async function writeDurably(
  root: string,
  content: AsyncIterable<Uint8Array>,
  finalPath: () => string | Promise<string>,
  expected: { readonly size: number; readonly digester?: Digester } = { size: 0 },
  temporary: string = join(root, STAGING, `${ownMark()}-${randomUUID()}`),
): Promise<void> {
  const writer = await create(temporary, root, expected);
  try {
    try {
      for await (const chunk of content) await writer.write(chunk);
      await writer.finish();
    } finally {
      await writer.close();
    }
    const path = await finalPath();
    await mkdir(dirname(path), { recursive: true });
    await rename(temporary, path);
    await syncDirectory(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw diskError(error, root);
  }
}

async function create(
  path: string,
  root: string,
  expected: { readonly size: number; readonly digester?: Digester },
): Promise<FileWriter> {
  try {
    await mkdir(dirname(path), { recursive: true });
    return await openWriter(path, { flags: 'wx', position: 0, ...expected });
  } catch (error) {
    throw diskError(error, root);
  }
}

/** Makes the new name itself durable; platforms that cannot open a directory do without. */
async function syncDirectory(path: string): Promise<void> {
  try {
    const directory = await open(path, 'r');
    await directory.sync();
    await directory.close();
  } catch {
    // Windows refuses; the rename is as durable there as it gets.
  }
}
