import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { BlockWriter, type FileWriter } from './block-writer.js';
import type { Digester } from './digester.js';

/** Files from this size on go past the operating system's cache: a model fills it with what is not read again soon. */
const WORTH_DIRECT = 64 * 1024 * 1024;

export interface WriterOptions {
  readonly flags: 'w' | 'wx' | 'r+';
  /** Where the first byte goes. */
  readonly position: number;
  /** Bytes of the whole file in the end, about. */
  readonly size: number;
  /** Is given all bytes, in order. Complete when the writer has finished. */
  readonly digester?: Digester;
  /** Of a file that is made; 0644 unless given. */
  readonly mode?: number | undefined;
  /** Whether finishing waits until the device has all of it: so it does unless this is false. */
  readonly isDurable?: boolean;
}

/** Opens a file for writing. Throws what the operating system does. */
export async function openWriter(
  path: string,
  { flags, position, size, digester, mode, isDurable = true }: WriterOptions,
): Promise<FileWriter> {
  const handle = await open(path, flags, mode ?? 0o644);
  const direct = size - position < WORTH_DIRECT ? undefined : await openDirect(path);
  return new BlockWriter({ handle, direct, position, size: size - position, digester, isDurable });
}

/** `undefined` where there is no such thing: other systems than Linux, some file systems. */
async function openDirect(path: string): Promise<FileHandle | undefined> {
  const flag: number | undefined = constants.O_DIRECT;
  if (flag === undefined) return undefined;
  return open(path, constants.O_WRONLY | flag).catch(() => undefined);
}
