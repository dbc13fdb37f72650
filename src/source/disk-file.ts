import type { Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { openRegular, SlipwayError, throwIfAborted } from '../core/index.js';
import { checkedRange, readChunks, type ModelFile } from '../files/index.js';

/** What makes a file on disk the same one as before. */
export interface DiskIdentity {
  readonly size: number;
  readonly mtimeMs: number;
}

/**
 * A file on disk, read lazily. A read fails when the file is no longer the one that was looked at. Readings that overlap, as
 * those of a model's tensors do, share one opening.
 */
export function diskFile(path: string, location: string, identity: DiskIdentity): ModelFile {
  const { size } = identity;
  const opening = new SharedOpening(() => opened(path, location));
  return {
    path,
    size,
    onDisk: location,
    async *read(range, signal, hints) {
      const { start, end } = checkedRange(path, size, range);
      throwIfAborted(signal);
      if (start === end) return;
      const handle = await opening.use();
      try {
        const same = handle.stat().then((now) => requireSame(path, identity, now));
        // Its failure is thrown before the first byte is handed on.
        same.catch(() => {});
        let left = end - start;
        for await (const chunk of readChunks(handle, { start, end }, signal, hints)) {
          await same;
          left -= chunk.byteLength;
          yield chunk;
        }
        await same;
        if (left !== 0) throw changed(path, `${left} bytes are missing`);
      } finally {
        await opening.leave();
      }
    },
  };
}

/** A file that is open while it has users. */
class SharedOpening {
  readonly #open: () => Promise<FileHandle>;
  #handle: Promise<FileHandle> | undefined;
  #users = 0;

  constructor(open: () => Promise<FileHandle>) {
    this.#open = open;
  }

  async use(): Promise<FileHandle> {
    this.#users++;
    this.#handle ??= this.#open();
    try {
      return await this.#handle;
    } catch (error) {
      await this.leave();
      throw error;
    }
  }

  async leave(): Promise<void> {
    if (--this.#users > 0) return;
    const handle = this.#handle;
    this.#handle = undefined;
    await (await handle?.catch(() => undefined))?.close();
  }
}

async function opened(path: string, location: string): Promise<FileHandle> {
  try {
    return await openRegular(location);
  } catch (cause) {
    throw new SlipwayError(
      SlipwayError.is(cause) && cause.code === 'DISK_PERMISSION' ? 'DISK_PERMISSION' : 'NOT_FOUND',
      `'${path}' cannot be opened`,
      { where: location, try: 'check owner and mode of the file and of the directories above it', cause },
    );
  }
}

function requireSame(path: string, before: DiskIdentity, now: Stats): void {
  if (!now.isFile()) throw changed(path, 'it is no regular file any more');
  if (now.size !== before.size) throw changed(path, `${now.size} bytes, ${before.size} before`);
  if (now.mtimeMs !== before.mtimeMs) throw changed(path, 'its modification time is another');
}

function changed(path: string, got: string): SlipwayError {
  return new SlipwayError('SIZE_MISMATCH', `'${path}' changed while it was in use`, {
    where: path,
    got,
    try: 'wait until no program writes to it, then run again',
  });
}
