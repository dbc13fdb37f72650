import { SlipwayError } from '../../core/index.js';

/** Everything in a tar archive stands in blocks of this size (POSIX.1-1988, ustar). */
export const TAR_BLOCK = 512;

/** What a tar entry says of a file or directory. */
export interface TarEntry {
  /** Relative; directories end in a slash. */
  readonly path: string;
  /** 0 for directories. */
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

const LARGEST_OCTAL_SIZE = 0o77777777777;

/** The header of an entry, with an extended one (pax) before it where ustar's fields are too short. Time is always 0. */
export function tarHeader(entry: TarEntry): Uint8Array {
  const name = splitPath(entry.path);
  const fits = name !== undefined && entry.size <= LARGEST_OCTAL_SIZE;
  if (fits) return ustarHeader(entry, name, isDirectory(entry.path) ? '5' : '0');
  const records = [
    ...(name === undefined ? [paxRecord('path', entry.path)] : []),
    ...(entry.size > LARGEST_OCTAL_SIZE ? [paxRecord('size', String(entry.size))] : []),
  ].join('');
  const content = new TextEncoder().encode(records);
  const extended = { ...entry, size: content.byteLength, mode: 0o644 };
  const shortName = name ?? { prefix: '', name: 'long-path' };
  const parts = [
    ustarHeader(extended, { prefix: '', name: 'pax-header' }, 'x'),
    padded(content),
    ustarHeader(
      { ...entry, size: Math.min(entry.size, LARGEST_OCTAL_SIZE) },
      shortName,
      isDirectory(entry.path) ? '5' : '0',
    ),
  ];
  return Buffer.concat(parts);
}

/** Bytes of padding after `size` bytes of content. */
export function tarPadding(size: number): number {
  return (TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK;
}

function isDirectory(path: string): boolean {
  return path.endsWith('/');
}

function padded(content: Uint8Array): Uint8Array {
  const block = new Uint8Array(content.byteLength + tarPadding(content.byteLength));
  block.set(content);
  return block;
}

/** `LENGTH KEY=VALUE\n`, where the length counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (rest + String(length).length !== length) length += 1;
  return `${length} ${key}=${value}\n`;
}

interface SplitName {
  readonly prefix: string;
  readonly name: string;
}

/** Divides a path at a slash so that both parts fit, or `undefined` when it is too long or not ASCII. */
function splitPath(path: string): SplitName | undefined {
  if (!/^[\x20-\x7e]*$/.test(path)) return undefined;
  if (path.length <= 100) return { prefix: '', name: path };
  for (let slash = path.indexOf('/'); slash !== -1 && slash <= 155; slash = path.indexOf('/', slash + 1)) {
    const name = path.slice(slash + 1);
    if (name !== '' && name.length <= 100) return { prefix: path.slice(0, slash), name };
  }
  return undefined;
}

function ustarHeader(entry: TarEntry, name: SplitName, type: '0' | '5' | 'x'): Uint8Array {
  const header = Buffer.alloc(TAR_BLOCK);
  const octal = (value: number, offset: number, length: number): void => {
    const digits = value.toString(8).padStart(length - 1, '0');
    if (digits.length >= length) throw new SlipwayError('INTERNAL', `${value} does not fit a tar header`);
    header.write(digits, offset, 'latin1');
  };
  header.write(name.name, 0, 'latin1');
  octal(entry.mode, 100, 8);
  octal(entry.uid, 108, 8);
  octal(entry.gid, 116, 8);
  octal(entry.size, 124, 12);
  octal(0, 136, 12);
  header.fill(' ', 148, 156);
  header.write(type, 156, 'latin1');
  header.write('ustar\u000000', 257, 'latin1');
  octal(0, 329, 8);
  octal(0, 337, 8);
  header.write(name.prefix, 345, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}
