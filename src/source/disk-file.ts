import type { Stats } from 'node:fs';
import { stat, type FileHandle } from 'node:fs/promises';
import { openRegularWithFacts, SlipwayError, throwIfAborted } from '../core/index.js';
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
      const { handle, facts } = await opening.use();
      try {
        const same = facts().then((now) => requireSame(path, identity, now));
        // Its failure is thrown before the first byte is handed on.
        same.catch(() => {});
        let remaining = end - start;
        for await (const chunk of readChunks(handle, { start, end }, signal, hints)) {
          await same;
          remaining -= chunk.byteLength;
          yield chunk;
        }
        await same;
        if (remaining !== 0) throw changed(path, `${remaining} bytes are missing`);
      } finally {
        await opening.leave();
      }
    },
  };
}

/** A small file on disk whose bytes are here already: a reading only asks whether it is still the one that was looked at. */
export function keptFile(file: ModelFile, location: string, identity: DiskIdentity, bytes: Uint8Array): ModelFile {
  return {
    ...file,
    async *read(range, signal) {
      const { start, end } = checkedRange(file.path, file.size, range);
      throwIfAborted(signal);
      if (start === end) return;
      requireSame(file.path, identity, await factsOf(file.path, location));
      yield bytes.slice(start, end);
    },
  };
}

async function factsOf(path: string, location: string): Promise<Stats> {
  return stat(location).catch((cause: unknown) => {
    throw cannotOpen(path, location, cause);
  });
}

interface Opening {
  readonly handle: FileHandle;
  readonly facts: Stats;
}

/** A file that is open while it has users. */
class SharedOpening {
  readonly #open: () => Promise<Opening>;
  #opening: Promise<Opening> | undefined;
  #users = 0;

  constructor(open: () => Promise<Opening>) {
    this.#open = open;
  }

  /** The file, and what it is now: the one that opens it knows that already. */
  async use(): Promise<{ readonly handle: FileHandle; facts(): Promise<Stats> }> {
    this.#users++;
    const isNew = this.#opening === undefined;
    this.#opening ??= this.#open();
    try {
      const { handle, facts } = await this.#opening;
      return { handle, facts: async () => (isNew ? facts : handle.stat()) };
    } catch (error) {
      await this.leave();
      throw error;
    }
  }

  async leave(): Promise<void> {
    if (--this.#users > 0) return;
    const opening = this.#opening;
    this.#opening = undefined;
    await (await opening?.catch(() => undefined))?.handle.close();
  }
}

async function opened(path: string, location: string): Promise<Opening> {
  try {
    return await openRegularWithFacts(location);
  } catch (cause) {
    throw cannotOpen(path, location, cause);
  }
}

function cannotOpen(path: string, location: string, cause: unknown): SlipwayError {
  return new SlipwayError(
    SlipwayError.is(cause) && cause.code === 'DISK_PERMISSION' ? 'DISK_PERMISSION' : 'NOT_FOUND',
    `'${path}' cannot be opened`,
    { where: location, try: 'check owner and mode of the file and of the directories above it', cause },
  );
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
