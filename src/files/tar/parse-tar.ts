import { SlipwayError } from '../../core/index.js';

/** Bytes of an extended header, at most. */
export const MAX_EXTENDED: number = 64 * 1024;

/** What the header of an entry says (POSIX.1-1988 ustar, POSIX.1-2001 pax, GNU long names and sizes). */
export interface ParsedTarHeader {
  readonly path: string;
  readonly size: number;
  readonly type: string;
  readonly mode: number;
}

/** What an extended header (pax, or a long name of GNU's) says of the entry behind it. */
export function extendedRecords(header: Pick<ParsedTarHeader, 'type'>, text: string): Map<string, string> {
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
      throw invalidTar('an extended header that is not well formed');
    }
    records.set(record.slice(0, equals), record.slice(equals + 1, -1));
    offset += length;
  }
  if ([...records.keys()].some((key) => key.startsWith('GNU.sparse'))) throw invalidTar('a sparse file');
  return records;
}

/** A block as a header. `extended` goes before what the block itself says. Throws `MODEL_INVALID`. */
export function parseTarHeader(block: Uint8Array, extended: ReadonlyMap<string, string>): ParsedTarHeader {
  const bytes = Buffer.from(block);
  const expected = octal(bytes, 148, 8);
  const actual = bytes.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 0x20 : byte), 0);
  if (expected !== actual) throw invalidTar(`a header whose checksum is ${actual}, not ${expected}`);
  const text = (offset: number, length: number): string =>
    bytes.toString('utf8', offset, offset + length).replace(/\0.*$/s, '');
  const prefix = text(257, 6).startsWith('ustar') ? text(345, 155) : '';
  const name = text(0, 100);
  const size = extended.has('size') ? Number(extended.get('size')) : sizeField(bytes);
  if (!Number.isSafeInteger(size) || size < 0) throw invalidTar('a file of no possible size');
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

export function invalidTar(got: string): SlipwayError {
  return new SlipwayError('MODEL_INVALID', 'a tar layer is not valid', { got });
}
