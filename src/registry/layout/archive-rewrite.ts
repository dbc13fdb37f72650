import { open, type FileHandle } from 'node:fs/promises';
import { throwIfAborted } from '../../core/index.js';
import { readChunks, TAR_BLOCK, tarHeader, tarPadding } from '../../files/index.js';
import type { ArchiveEntry } from './archive-map.js';

/** Writes a tar of some of an archive's files to `path`, which must not be there yet. */
export async function writeRewritten(
  from: FileHandle,
  entries: readonly ArchiveEntry[],
  path: string,
  signal?: AbortSignal,
): Promise<void> {
  const handle = await open(path, 'wx', 0o644);
  let at = 0;
  const put = async (bytes: Uint8Array): Promise<void> => {
    for (let done = 0; done < bytes.byteLength;) {
      const { bytesWritten } = await handle.write(bytes, done, bytes.byteLength - done, at);
      done += bytesWritten;
      at += bytesWritten;
    }
  };
  try {
    for (const { path: name, size, start } of entries) {
      throwIfAborted(signal);
      await put(tarHeader({ path: name, size, mode: 0o644, uid: 0, gid: 0 }));
      for await (const chunk of readChunks(from, { start, end: start + size }, signal)) await put(chunk);
      await put(new Uint8Array(tarPadding(size)));
    }
    await put(new Uint8Array(2 * TAR_BLOCK));
    await handle.datasync();
  } finally {
    await handle.close();
  }
}
