import { SlipwayError } from './error.js';

/** `4GiB`, `500 MB`, `1.5GB`, `1024`: what {@link parseSize} takes. */
export const SIZE_PATTERN: RegExp = /^(\d+(?:\.\d+)?)\s*(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)?$/;

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

/** Bytes, or `undefined` for what is not a positive size. Units are decimal (`GB`) or binary (`GiB`). */
export function parseSize(value: number | string): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value > 0 ? value : undefined;
  const match = SIZE_PATTERN.exec(value.trim());
  if (match === null) return undefined;
  const bytes = Math.round(Number(match[1]) * (UNITS[match[2] ?? 'B'] ?? 1));
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}

/** The same for what has to be one. Throws `USAGE`; `what` names the option. */
export function requireSize(value: number | string, what: string): number {
  const bytes = parseSize(value);
  if (bytes !== undefined) return bytes;
  throw new SlipwayError('USAGE', `${what} is not a size`, { got: `'${value}'`, try: `${what} 8MiB` });
}
