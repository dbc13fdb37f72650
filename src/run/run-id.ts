import { randomBytes } from 'node:crypto';

// Crockford's base 32: no letters that are read for digits, and text order is number order.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_LENGTH = 10;
const RANDOM_LENGTH = 6;

/** Name of a run: 10 characters of time in milliseconds, 6 of chance. Sorting names sorts runs. */
export function createRunId(date: Date, random: Uint8Array = randomBytes(RANDOM_LENGTH)): string {
  let time = date.getTime();
  let id = '';
  for (let place = 0; place < TIME_LENGTH; place += 1) {
    id = `${ALPHABET[time % 32] ?? ''}${id}`;
    time = Math.floor(time / 32);
  }
  for (const byte of random) id += ALPHABET[byte % 32] ?? '';
  return id;
}

/** True for what {@link createRunId} makes: checked before a directory of that name is deleted. */
export function isRunId(name: string): boolean {
  return /^[0-9A-HJKMNP-TV-Z]{16}$/.test(name);
}
