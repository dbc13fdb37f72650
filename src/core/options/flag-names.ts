import type { OptionRow } from './option-row.js';

/** Name of a key's flag, without hyphens in front: `fp8AsQ8` is `fp8-as-q8`, a list `formats` is `format`. */
export function flagName(key: string, row: OptionRow): string {
  if (row.flag !== undefined) return row.flag;
  const kebab = key.replaceAll(/[A-Z]+(?![a-z])|[A-Z]/g, (letters) => `-${letters.toLowerCase()}`);
  const name = kebab.replace(/^-/, '');
  return row.list === undefined && row.kind !== 'pairs' ? name : name.replace(/s$/, '');
}
