import { SlipwayError } from '../../core/index.js';

/**
 * The value of an option that must be given. The parser could check this itself, but would then complain about it
 * before it says that a flag is misspelt.
 */
export function required<T>(value: T | undefined, flag: string, example: string): T {
  if (value !== undefined) return value;
  throw new SlipwayError('USAGE', `required option '${flag}' not specified`, { try: example });
}
