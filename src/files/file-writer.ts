import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { BlockWriter } from './block-writer.js';
import type { Digester } from './digester.js';

/** Files from this size on go past the operating system's cache: a model fills it with what nobody reads again soon. */
const WORTH_DIRECT = 64 * 1024 * 1024;

/**
 * Writes chunks to a file in order, behind the back of whoever brings them: the next chunk is fetched and hashed while
 * the last ones are written. What is in the file is always a beginning of the content, so that a killed process leaves
 * something to go on from.
 */
export interface FileWriter {
  /** Takes a chunk, which may change when the promise is fulfilled. Throws what an earlier write threw. */
  write(chunk: Uint8Array): Promise<void>;
  /** Writes what is left and waits until the device has it. */
  finish(): Promise<void>;
  /** Writes what is left and closes the file. Does not throw for what could not be written: `finish` does. */
  close(): Promise<void>;
}

export interface WriterOptions {
  readonly flags: 'w' | 'wx' | 'r+';
  /** Where the first byte goes. */
  readonly position: number;
  /** Bytes of the whole file in the end, about. */
  readonly size: number;
  /** Is given all bytes, in order. Complete when the writer has finished. */
  readonly digester?: Digester;
}

/** Opens a file for writing. Throws what the operating system does. */
export async function openWriter(
  path: string,
  { flags, position, size, digester }: WriterOptions,
): Promise<FileWriter> {
  const handle = await open(path, flags, 0o644);
  const direct = size - position < WORTH_DIRECT ? undefined : await openDirect(path);
  return new BlockWriter({ handle, direct, position, size: size - position, digester });
}

/** `undefined` where there is no such thing: other systems than Linux, some file systems. */
async function openDirect(path: string): Promise<FileHandle | undefined> {
  const flag: number | undefined = constants.O_DIRECT;
  if (flag === undefined) return undefined;
  return open(path, constants.O_WRONLY | flag).catch(() => undefined);
}
