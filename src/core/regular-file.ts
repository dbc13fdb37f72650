import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { diskError } from './disk-error.js';
import { SlipwayError } from './error.js';

/** Files of text that a person writes (configurations, certificates, templates) have at most so many bytes. */
const TEXT_LIMIT = 16 * 1024 * 1024;

// A FIFO without a writer would block the thread that opens it for good. Absent on Windows, which has no FIFOs there.
const NO_WAIT = (constants.O_NONBLOCK as number | undefined) ?? 0;
const NO_LINK = (constants.O_NOFOLLOW as number | undefined) ?? 0;

/** How a file is opened for reading. */
export interface RegularFileOptions {
  /** Refuse a symbolic link in the last place of the path: for files that this program itself has made. */
  readonly noLink?: boolean;
}

/**
 * Opens a regular file for reading. FIFOs, sockets and devices are refused without waiting for them.
 * Throws `NOT_FOUND`, `DISK_PERMISSION`.
 */
export async function openRegular(path: string, { noLink = false }: RegularFileOptions = {}): Promise<FileHandle> {
  // oxlint-disable-next-line no-bitwise -- flags of open(2)
  return opened(path, constants.O_RDONLY | NO_WAIT | (noLink ? NO_LINK : 0), noLink);
}

/** As `openRegular`, with what the operating system says of the file. */
export async function openRegularWithFacts(
  path: string,
): Promise<{ readonly handle: FileHandle; readonly facts: Stats }> {
  // oxlint-disable-next-line no-bitwise -- flags of open(2)
  return openedWithFacts(path, constants.O_RDONLY | NO_WAIT, false);
}

/** Opens a regular file to write at its end; it is made with `mode` when it is not there. Throws as `openRegular`. */
export async function openRegularToAppend(path: string, mode: number): Promise<FileHandle> {
  const { O_WRONLY, O_APPEND, O_CREAT } = constants;
  // oxlint-disable-next-line no-bitwise -- flags of open(2)
  return opened(path, O_WRONLY | O_APPEND | O_CREAT | NO_WAIT, false, mode);
}

async function opened(path: string, flags: number, noLink: boolean, mode?: number): Promise<FileHandle> {
  return (await openedWithFacts(path, flags, noLink, mode)).handle;
}

async function openedWithFacts(
  path: string,
  flags: number,
  noLink: boolean,
  mode?: number,
): Promise<{ readonly handle: FileHandle; readonly facts: Stats }> {
  let handle: FileHandle;
  try {
    handle = await open(path, flags, mode);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // open(2): a socket gives ENXIO (ENODEV for a device without a driver), a link with O_NOFOLLOW gives ELOOP.
    if (code === 'ENXIO' || code === 'ENODEV' || code === 'EOPNOTSUPP') throw notRegular(path, 'a socket or a device');
    if (noLink && code === 'ELOOP') throw notRegular(path, 'a symbolic link');
    throw diskError(error, path);
  }
  try {
    const facts = await handle.stat();
    if (facts.isFile()) return { handle, facts };
    throw notRegular(path, facts.isDirectory() ? 'a directory' : facts.isFIFO() ? 'a FIFO' : 'a device');
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * Reads a regular file of at most `limit` bytes (16 MiB unless given). A file that grows meanwhile is not read beyond.
 * Throws as `openRegular`, and `SIZE_MISMATCH` for a larger one.
 */
export async function readRegular(
  path: string,
  limit: number = TEXT_LIMIT,
  options: RegularFileOptions = {},
): Promise<Buffer> {
  const handle = await openRegular(path, options);
  try {
    const { size } = await handle.stat();
    if (size > limit) throw tooLarge(path, size, limit);
    const parts: Buffer[] = [];
    let total = 0;
    // Files under /proc say that they have no bytes and give some.
    for (let step = Math.max(size, 4096); total <= limit; step = 65_536) {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(Math.min(step, limit + 1 - total)), 0, null, total);
      if (bytesRead === 0) return Buffer.concat(parts);
      parts.push(buffer.subarray(0, bytesRead));
      total += bytesRead;
    }
    throw tooLarge(path, total, limit);
  } catch (error) {
    throw diskError(error, path);
  } finally {
    await handle.close();
  }
}

/** The text of a regular file of at most 16 MiB, for the places that cannot wait. Throws as `openRegular`. */
export function readRegularTextSync(path: string): string {
  // oxlint-disable-next-line no-bitwise -- flags of open(2)
  const descriptor = openSync(path, constants.O_RDONLY | NO_WAIT);
  try {
    const facts = fstatSync(descriptor);
    if (!facts.isFile()) throw notRegular(path, 'a FIFO, a device or a directory');
    if (facts.size > TEXT_LIMIT) throw tooLarge(path, facts.size, TEXT_LIMIT);
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

/** As `readRegular`, as text. */
export async function readRegularText(path: string, limit?: number): Promise<string> {
  return (await readRegular(path, limit)).toString('utf8');
}

function notRegular(path: string, what: string): SlipwayError {
  return new SlipwayError('NOT_FOUND', `'${path}' is no regular file`, {
    where: path,
    got: what,
    try: 'name a regular file: what comes through a pipe is to be written to one first',
  });
}

function tooLarge(path: string, size: number, limit: number): SlipwayError {
  return new SlipwayError('SIZE_MISMATCH', `'${path}' is too large to be read whole`, {
    where: path,
    got: `${size} bytes, limit ${limit}`,
    context: { size, limit },
  });
}
