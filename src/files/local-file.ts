import { randomBytes } from 'node:crypto';
import { rename, rm, stat, statfs } from 'node:fs/promises';
import {
  diskError,
  openRegular,
  SlipwayError,
  throwIfAborted,
  type ByteRange,
  type Digest,
  type ReadHints,
} from '../core/index.js';
import { verified } from './digest-of.js';
import { createDigester, type Digester } from './digester.js';
import { openWriter } from './file-writer.js';
import { checkedRange } from './in-memory.js';
import type { ModelFile } from './model-file.js';
import { readChunks } from './read-chunks.js';

/** Bytes that a file system keeps for itself: a disk filled to the last byte breaks everybody else. */
const DISK_RESERVE = 64 * 1024 * 1024;

/** Reads a local file, checking that the range lies in it. */
export async function* readLocalFile(
  path: string,
  range?: ByteRange,
  signal?: AbortSignal,
  hints?: ReadHints,
): AsyncGenerator<Uint8Array> {
  throwIfAborted(signal);
  try {
    const handle = await openRegular(path);
    try {
      const { start, end } = range ?? { start: 0, end: (await handle.stat()).size };
      const expected = { name: path, size: end - start };
      if (end > start) yield* verified(readChunks(handle, { start, end }, signal, hints), expected);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throwIfAborted(signal);
    throw diskError(error, path);
  }
}

/** A file of the local disk. Its size is taken now; a file that changes later fails when read. */
export async function localFile(path: string, absolutePath: string): Promise<ModelFile> {
  const { size } = await stat(absolutePath).catch((error: unknown) => {
    throw diskError(error, absolutePath);
  });
  return {
    path,
    size,
    onDisk: absolutePath,
    read: (range, signal, hints) => readLocalFile(absolutePath, checkedRange(path, size, range), signal, hints),
  };
}

/** Throws `DISK_SPACE` unless `bytes` more fit into the file system of an existing directory, with a reserve left over. */
export async function requireSpace(directory: string, bytes: number, reserve: number = DISK_RESERVE): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  if (free - reserve >= bytes) return;
  throw new SlipwayError('DISK_SPACE', `not enough space in '${directory}'`, {
    where: directory,
    got: `${bytes} bytes needed, ${Math.max(0, free - reserve)} free`,
    context: { needed: bytes, free },
    try: ['free some space, or choose another place with PIPELINE_HOME', "stream without the disk: store: 'none'"],
  });
}

/** A file written completely, under a temporary name beside its final one. */
export interface StagedFile {
  readonly path: string;
  readonly digest: Digest;
  readonly size: number;
  /** Gives the file its final name, replacing what was there. */
  commit(): Promise<void>;
  discard(): Promise<void>;
}

/**
 * Writes a stream beside `path`: no half or unconfirmed file is ever seen under the final name. `expected`: how
 * many bytes will come, about, and the digest that the giver of the stream has checked it against, if that is so: then
 * the bytes are not hashed again.
 */
export async function stageLocalFile(
  path: string,
  content: AsyncIterable<Uint8Array>,
  expected: { readonly size: number; readonly digest?: Digest; readonly mode?: number | undefined },
  signal?: AbortSignal,
): Promise<StagedFile> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.part`;
  const digester = createDigester(expected.size, expected.digest);
  let digest: Digest;
  try {
    await writeAll(temporary, content, digester, expected.size, { signal, mode: expected.mode });
    digest = await digester.digest();
  } catch (error) {
    await rm(temporary, { force: true });
    throw diskError(error, path);
  } finally {
    digester.close();
  }
  return {
    path,
    digest,
    size: digester.size,
    commit: () => rename(temporary, path),
    discard: () => rm(temporary, { force: true }),
  };
}

/** Writes a stream to `path` under a temporary name beside it, then renames. */
export async function writeLocalFile(
  path: string,
  content: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
  mode?: number,
): Promise<Digest> {
  const staged = await stageLocalFile(path, content, { size: 0, mode }, signal);
  await staged.commit();
  return staged.digest;
}

interface WritingOptions {
  readonly signal?: AbortSignal | undefined;
  readonly mode?: number | undefined;
  /** Wait until the device has it: so it is unless this is false. */
  readonly isDurable?: boolean;
}

/**
 * Writes a stream to a file, after the bytes that the digester has seen, and waits until the device has it. When the stream
 * fails, what came of it is in the file. `size`: of the whole file in the end, about.
 */
export async function writeAll(
  path: string,
  content: AsyncIterable<Uint8Array>,
  digester: Digester,
  size: number,
  { signal, mode, isDurable = true }: WritingOptions = {},
): Promise<void> {
  const writer = await openWriter(path, {
    flags: digester.size === 0 ? 'w' : 'r+',
    position: digester.size,
    size,
    digester,
    mode,
    isDurable,
  });
  try {
    for await (const chunk of content) {
      throwIfAborted(signal);
      await writer.write(chunk);
    }
    await writer.finish();
  } finally {
    await writer.close();
  }
}
