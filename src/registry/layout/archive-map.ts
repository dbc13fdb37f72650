import type { FileHandle } from 'node:fs/promises';
import { SlipwayError } from '../../core/index.js';
import { extendedRecords, MAX_EXTENDED, parseTarHeader, TAR_BLOCK, tarPadding } from '../../files/index.js';

/** A file in an archive. Positions and sizes in bytes. */
export interface ArchiveEntry {
  /** Without `./` in front. */
  readonly path: string;
  readonly size: number;
  /** Where its first header begins; extended ones (pax, GNU) go before the header itself. */
  readonly from: number;
  readonly start: number;
}

/** What is in an archive, and where its end marks begin. */
export interface ArchiveMap {
  readonly entries: readonly ArchiveEntry[];
  readonly end: number;
}

/** A layout has some files a model; an archive of more entries than this is not one. */
const MOST_ENTRIES = 100_000;
const GZIP = [0x1f, 0x8b];
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];

/** Reads the headers of a tar, and no contents. Throws `MANIFEST_INVALID` for another format, `SIZE_MISMATCH` for one that is cut off. */
export async function readArchiveMap(handle: FileHandle, size: number, name: string): Promise<ArchiveMap> {
  const entries: ArchiveEntry[] = [];
  let extended: ReadonlyMap<string, string> = new Map();
  let from = 0;
  for (let at = 0; ;) {
    if (at >= size) return { entries, end: from };
    const block = await blockAt(handle, at, name);
    if (at === 0) refuseCompressed(block, name);
    if (block.every((byte) => byte === 0)) return { entries, end: from };
    const header = readable(name, () => parseTarHeader(block, extended));
    const start = at + TAR_BLOCK;
    const next = start + header.size + tarPadding(header.size);
    if (start + header.size > size) throw cutOff(name, header.path);
    at = next;
    if (header.type === 'x' || header.type === 'L' || header.type === 'g') {
      const text = await textAt(handle, start, header.size, name);
      const records = readable(name, () => extendedRecords(header, text));
      if (header.type !== 'g') extended = records;
      continue;
    }
    const path = header.path.replace(/^(\.\/)+/, '');
    if (header.type === '0' || header.type === '\0') entries.push({ path, size: header.size, from, start });
    if (entries.length > MOST_ENTRIES) throw notAnArchive(name, `more than ${MOST_ENTRIES} files`);
    extended = new Map();
    from = next;
  }
}

async function blockAt(handle: FileHandle, at: number, name: string): Promise<Buffer> {
  const block = Buffer.alloc(TAR_BLOCK);
  const { bytesRead } = await handle.read(block, 0, TAR_BLOCK, at);
  if (bytesRead < TAR_BLOCK) throw at === 0 ? notAnArchive(name, `${bytesRead} bytes`) : cutOff(name, 'a header');
  return block;
}

async function textAt(handle: FileHandle, at: number, size: number, name: string): Promise<string> {
  if (size > MAX_EXTENDED) throw notAnArchive(name, `an extended header of ${size} bytes`);
  const bytes = Buffer.alloc(size);
  await handle.read(bytes, 0, size, at);
  return bytes.toString('utf8');
}

function refuseCompressed(block: Buffer, name: string): void {
  const begins = (magic: readonly number[]): boolean => magic.every((byte, index) => block[index] === byte);
  if (begins(GZIP)) throw notAnArchive(name, 'it is compressed with gzip', `gunzip '${name}'`);
  if (begins(ZSTD)) throw notAnArchive(name, 'it is compressed with Zstandard', `zstd -d '${name}'`);
}

function readable<T>(name: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (!SlipwayError.is(cause)) throw cause;
    throw notAnArchive(name, cause.details.got ?? cause.message);
  }
}

export function notAnArchive(name: string, got: string, hint?: string): SlipwayError {
  return new SlipwayError('MANIFEST_INVALID', `'${name}' is not an archive of an OCI layout`, {
    where: name,
    got,
    try: hint ?? [
      'pipeline copy --referrers host/repository:tag oci-archive:file.tar   (makes one)',
      'skopeo copy docker-archive:file.tar oci-archive:other.tar   (of what docker save wrote)',
    ],
  });
}

function cutOff(name: string, path: string): SlipwayError {
  return new SlipwayError('SIZE_MISMATCH', `'${name}' is cut off inside '${path}'`, {
    where: name,
    try: 'copy the archive again: a part of it is missing',
  });
}
