import { countText, SlipwayError, type ByteRange } from '../core/index.js';
import { refuseLfsPointer } from './lfs-pointer.js';
import type { ModelFile } from './model-file.js';

/** The bytes of a range as one array. The range's length is allocated before anything is read: bound it first. */
export async function readRange(file: ModelFile, range: ByteRange, signal?: AbortSignal): Promise<Uint8Array> {
  return collect(file, file.read(range, signal, { lend: true }), range);
}

/** The same of a header: what fetches files whole on their first reading leaves it at that. */
export async function readHead(file: ModelFile, range: ByteRange, signal?: AbortSignal): Promise<Uint8Array> {
  return collect(file, file.read(range, signal, { lend: true, head: true }), range);
}

async function collect(file: ModelFile, content: AsyncIterable<Uint8Array>, range: ByteRange): Promise<Uint8Array> {
  const bytes = new Uint8Array(range.end - range.start);
  let filled = 0;
  for await (const chunk of content) {
    if (filled + chunk.byteLength > bytes.byteLength) throw wrongLength(file, range, filled + chunk.byteLength);
    bytes.set(chunk, filled);
    filled += chunk.byteLength;
  }
  if (filled !== bytes.byteLength) throw wrongLength(file, range, filled);
  return bytes;
}

/**
 * A whole small file, checked against its digest if it has one; refused above `limit` bytes before anything is read.
 * Throws `LFS_POINTER` for a pointer that stands in for it.
 */
export async function readWhole(file: ModelFile, limit: number, signal?: AbortSignal): Promise<Uint8Array> {
  if (file.size > limit) {
    throw new SlipwayError('SIZE_MISMATCH', `'${file.path}' is too large to be read whole`, {
      where: file.path,
      got: `${countText(file.size, 'byte')}, limit ${limit}`,
      context: { size: file.size, limit },
    });
  }
  // Without a range: that is what a file with a digest checks itself by.
  const bytes = await collect(file, file.read(undefined, signal, { lend: true }), { start: 0, end: file.size });
  refuseLfsPointer(file.path, bytes);
  return bytes;
}

/** How a text file is decoded. */
export interface TextOptions {
  /** Keep a byte order mark at the start, as Python does when it is told `utf-8`. */
  readonly keepMark?: boolean;
}

/**
 * A whole small text file in strict UTF-8 (a leading byte order mark is dropped unless it is to stay). Throws
 * `JSON_INVALID` otherwise.
 */
export async function readText(
  file: ModelFile,
  limit: number,
  signal?: AbortSignal,
  { keepMark = false }: TextOptions = {},
): Promise<string> {
  const bytes = await readWhole(file, limit, signal);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: keepMark }).decode(bytes);
  } catch (cause) {
    throw new SlipwayError('JSON_INVALID', `'${file.path}' is not UTF-8 text`, { where: file.path, cause });
  }
}

function wrongLength(file: ModelFile, range: ByteRange, actual: number): SlipwayError {
  const expected = range.end - range.start;
  return new SlipwayError('SIZE_MISMATCH', `'${file.path}' gave another number of bytes than asked for`, {
    where: `${file.path} [${range.start}, ${range.end})`,
    got: `${countText(actual, 'byte')}, expected ${expected}`,
    context: { expected, actual },
  });
}
