import { countText, SlipwayError } from '../../core/index.js';

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
};

/** A quota in bytes: a number, `500 GiB`, `2TB`, or `unlimited` (-1). Throws `CONFIG_INVALID`. */
export function quotaBytes(quota: number | string): number {
  if (quota === 'unlimited') return -1;
  const match = /^(\d{1,16}(?:\.\d{1,6})?)\s*([KMGT]i?B|B?)$/i.exec(String(quota).trim());
  const unit = (match?.[2] ?? '').toUpperCase();
  const bytes = Math.round(Number(match?.[1]) * (UNITS[unit === 'B' ? '' : unit] ?? Number.NaN));
  if (quota === -1) return -1;
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw new SlipwayError('CONFIG_INVALID', 'a quota cannot be understood', {
    got: `'${quota}'`,
    try: ['500 GiB', '2 TiB', 'unlimited'],
  });
}

/** A quota for people: `2 TiB`, `unlimited`; bytes where no unit fits evenly. */
export function quotaText(bytes: number): string {
  if (bytes === -1) return 'unlimited';
  const units = ['TiB', 'GiB', 'MiB', 'KiB'] as const;
  const unit = units.find((one) => bytes > 0 && bytes % (UNITS[one.toUpperCase()] ?? 1) === 0);
  return unit === undefined ? countText(bytes, 'byte') : `${bytes / (UNITS[unit.toUpperCase()] ?? 1)} ${unit}`;
}
