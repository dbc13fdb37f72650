import { SlipwayError } from '../error.js';

/** `4GiB`, `500 MB`, `1.5GB`, `2G`, `1024`: what {@link parseSize} takes. `K`, `M`, `G`, `T` are decimal, as `GB`. */
export const SIZE_PATTERN: RegExp = /^(\d{1,16}(?:\.\d{1,6})?)\s*([kKMGT]i?B|[kKmMgGtT]|B)?$/;

const POWERS = 'KMGT';

/** Bytes, or `undefined` for what is not a positive size. Units are decimal (`GB`, `G`) or binary (`GiB`). */
export function parseSize(value: number | string): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value > 0 ? value : undefined;
  const [, digits, unit = ''] = SIZE_PATTERN.exec(value.trim()) ?? [];
  if (digits === undefined) return undefined;
  const base = unit.includes('i') ? 1024 : 1000;
  const power = unit === '' ? 0 : POWERS.indexOf(unit.charAt(0).toUpperCase()) + 1;
  const bytes = Math.round(Number(digits) * base ** power);
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}

/** The same for what has to be one. Throws `USAGE`; `what` names the option. */
export function requireSize(value: number | string, what: string): number {
  const bytes = parseSize(value);
  if (bytes !== undefined) return bytes;
  throw new SlipwayError('USAGE', `${what} is not a size`, { got: `'${value}'`, try: `${what} 8MiB` });
}
