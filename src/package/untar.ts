import { SlipwayError, throwIfAborted } from '../core/index.js';
import { safeRelativePath, type ModelFile } from '../files/index.js';
import { FileInput, StreamInput, take, type ByteInput } from './byte-queue.js';
import { TAR_BLOCK, tarPadding } from './tar-header.js';

/** A regular file of an archive; its content must be read before the next one is asked for, or is skipped. */
export interface TarMember {
  readonly path: string;
  readonly size: number;
  /** Where its content begins in the archive. */
  readonly offset: number;
  readonly executable: boolean;
  content(): AsyncIterable<Uint8Array>;
}

/** How much an archive may hold. */
export interface UntarLimits {
  readonly entries?: number;
  readonly bytes?: number;
  /** What becomes of links, devices and the like: refused unless given. Skipped ones are never made. */
  readonly others?: 'refuse' | 'skip';
  /** Which paths are wanted; the rest is passed over unseen. All without it. */
  readonly accept?: (path: string) => boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Entries of an archive, folders and headers too: a model with its tokenizer and code has some hundred files. */
export const MAX_ENTRIES = 10_000;
const MAX_BYTES = 16 * 2 ** 40;
const MAX_EXTENDED = 64 * 1024;

interface Header {
  readonly path: string;
  readonly size: number;
  readonly type: string;
  readonly mode: number;
}

/**
 * Reads the regular files of a tar archive (ustar, with pax paths and sizes, and GNU long names) as a stream. Folders are passed over:
 * they follow from the paths. Anything else (links, devices, sparse files) is refused, because no model needs it and
 * every published escape from an unpacker used one. Members come before the layer's digest can be known: keep them aside
 * until the generator has ended. Throws `PATH_UNSAFE`, `MODEL_INVALID`, `SIZE_MISMATCH`.
 */
export async function* untar(content: AsyncIterable<Uint8Array>, limits: UntarLimits = {}): AsyncGenerator<TarMember> {
  yield* membersThenClose(new StreamInput(content), limits);
}

/** The same of a file, reading headers only: contents that are not asked for are not read. */
export async function* tarMembers(file: ModelFile, limits: UntarLimits = {}): AsyncGenerator<TarMember> {
  yield* membersThenClose(new FileInput(file, limits.signal), limits);
}

async function* membersThenClose(input: ByteInput, limits: UntarLimits): AsyncGenerator<TarMember> {
  try {
    yield* members(input, limits);
  } finally {
    await input.close();
  }
}

async function* members(input: ByteInput, limits: UntarLimits): AsyncGenerator<TarMember> {
  let extended = new Map<string, string>();
  let [entries, bytes] = [0, 0];
  for (;;) {
    throwIfAborted(limits.signal);
    const block = await take(input, TAR_BLOCK);
    if (block === undefined) return;
    // What follows the end is read too: only then has the check of the layer's digest seen all of it.
    if (block.every((byte) => byte === 0)) {
      await input.drain();
      return;
    }
    const header = parseHeader(block, extended);
    entries += 1;
    bytes += header.size;
    if (entries > (limits.entries ?? MAX_ENTRIES) || bytes > (limits.bytes ?? MAX_BYTES))
      throw tooLarge(entries, bytes);
    if (header.type === 'x' || header.type === 'L' || header.type === 'g') {
      const records = extendedRecords(header, await extendedText(input, header));
      if (header.type !== 'g') extended = records;
      continue;
    }
    extended = new Map();
    if (header.type === '5') continue;
    const regular = header.type === '0' || header.type === '\0';
    if (!regular && limits.others !== 'skip') throw refusedType(header);
    const path = header.path.replace(/^(\.\/)+/, '');
    const wanted = regular && !isWhiteout(path) && (limits.accept?.(path) ?? true);
    if (wanted) yield* member(input, { ...header, path });
    else await skip(input, header.size, path);
    await skip(input, tarPadding(header.size), path);
  }
}

/** A mark in an image's layer that says: gone. It is no file. */
function isWhiteout(path: string): boolean {
  return path.slice(path.lastIndexOf('/') + 1).startsWith('.wh.');
}

async function skip(input: ByteInput, length: number, path: string): Promise<void> {
  if (!(await input.skip(length))) throw cutOff(path);
}

async function* member(input: ByteInput, header: Header): AsyncGenerator<TarMember> {
  let left = header.size;
  const path = safeRelativePath(header.path);
  yield {
    path,
    size: header.size,
    offset: input.position,
    executable: (header.mode & 0o111) !== 0,
    async *content() {
      while (left > 0) {
        const chunk = await input.some(left);
        if (chunk === undefined) throw cutOff(path);
        left -= chunk.byteLength;
        yield chunk;
      }
    },
  };
  await skip(input, left, path);
}

async function extendedText(input: ByteInput, header: Header): Promise<string> {
  if (header.size > MAX_EXTENDED) throw invalid(`an extended header of ${header.size} bytes`);
  const text = await take(input, header.size);
  if (text === undefined) throw cutOff('extended header');
  await skip(input, tarPadding(header.size), 'extended header');
  return new TextDecoder('utf-8').decode(text);
}

function extendedRecords(header: Header, text: string): Map<string, string> {
  if (header.type === 'L') return new Map([['path', text.replace(/\0.*$/s, '')]]);
  const records = new Map<string, string>();
  const bytes = Buffer.from(text);
  for (let offset = 0; offset < bytes.length;) {
    const space = bytes.indexOf(0x20, offset);
    const length = Number(bytes.toString('latin1', offset, space === -1 ? offset : space));
    const record = bytes.toString('utf8', space + 1, offset + length);
    const equals = record.indexOf('=');
    if (
      !Number.isSafeInteger(length) ||
      length < 5 ||
      offset + length > bytes.length ||
      equals < 1 ||
      !record.endsWith('\n')
    ) {
      throw invalid('an extended header that is not well formed');
    }
    records.set(record.slice(0, equals), record.slice(equals + 1, -1));
    offset += length;
  }
  if ([...records.keys()].some((key) => key.startsWith('GNU.sparse'))) throw invalid('a sparse file');
  return records;
}

function parseHeader(block: Uint8Array, extended: ReadonlyMap<string, string>): Header {
  const bytes = Buffer.from(block);
  const expected = octal(bytes, 148, 8);
  const actual = bytes.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 0x20 : byte), 0);
  if (expected !== actual) throw invalid(`a header whose checksum is ${actual}, not ${expected}`);
  const text = (offset: number, length: number): string =>
    bytes.toString('utf8', offset, offset + length).replace(/\0.*$/s, '');
  const prefix = text(257, 6).startsWith('ustar') ? text(345, 155) : '';
  const name = text(0, 100);
  const size = extended.has('size') ? Number(extended.get('size')) : sizeField(bytes);
  if (!Number.isSafeInteger(size) || size < 0) throw invalid('a file of no possible size');
  return {
    path: extended.get('path') ?? (prefix === '' ? name : `${prefix}/${name}`),
    size,
    type: bytes.toString('latin1', 156, 157),
    mode: octal(bytes, 100, 8),
  };
}

/** Octal digits, or GNU's binary form (first bit set) for what does not fit them. */
function sizeField(bytes: Buffer): number {
  if (((bytes[124] ?? 0) & 0x80) === 0) return octal(bytes, 124, 12);
  const high = bytes.readUInt32BE(124 + 4) * 2 ** 32;
  return (bytes[124] ?? 0) === 0x80 ? high + bytes.readUInt32BE(124 + 8) : Number.NaN;
}

function octal(bytes: Buffer, offset: number, length: number): number {
  const text = bytes
    .toString('latin1', offset, offset + length)
    .replace(/[\0 ]+$/, '')
    .trim();
  if (text === '') return 0;
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
}

function invalid(got: string): SlipwayError {
  return new SlipwayError('MODEL_INVALID', 'a tar layer is not valid', { got });
}

function refusedType(header: Header): SlipwayError {
  return new SlipwayError('PATH_UNSAFE', `'${header.path}' of a tar layer is neither a file nor a folder`, {
    where: header.path,
    got: `type ${JSON.stringify(header.type)}`,
  });
}

function tooLarge(entries: number, bytes: number): SlipwayError {
  return new SlipwayError('MODEL_INVALID', 'a tar layer holds more than allowed', {
    got: `${entries} entries, ${bytes} bytes so far`,
  });
}

function cutOff(path: string): SlipwayError {
  return new SlipwayError('SIZE_MISMATCH', `a tar layer ends inside '${path}'`, { where: path });
}
