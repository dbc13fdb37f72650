import { didYouMean } from '../nearest.js';
import { parseDuration } from './durations.js';
import type { ChoiceRow, CountRow, DurationRow, NumberRow, SettingsRow } from './option-row.js';
import type { LeafRow } from './option-types.js';
import { parseSize } from './sizes.js';

/** A word of a command line that its option cannot take: a sentence that says what it needs. */
export class WordProblem extends Error {}

/** Reads one word of a command line as its option's kind. Throws {@link WordProblem}. */
export function readWord(row: LeafRow, word: string): unknown {
  switch (row.kind) {
    case 'choice':
      return readChoice(row, word);
    case 'count':
      return readCount(row, word);
    case 'number':
      return readNumber(row, word);
    case 'size':
      return parseSize(word) ?? refuse('It needs a size: 500M, 2GB, 4GiB.');
    case 'duration':
      return readDuration(row, word);
    case 'pairs':
      return readPair(word, row.example);
    case 'settings':
      return readSetting(row, word);
    case 'flag':
    case 'text':
    case 'numbers':
    case 'path':
      return word;
    default:
      return row satisfies never;
  }
}

function refuse(text: string): never {
  throw new WordProblem(text);
}

function readDuration({ least = 0 }: DurationRow, word: string): number {
  const time = parseDuration(word) ?? refuse('It needs a time: 90s, 15m, 12h, 30d, 8w.');
  return time >= least ? time : refuse(`It needs at least ${least < 1000 ? `${least}ms` : `${least / 1000}s`}.`);
}

function readChoice({ choice, synonyms = {}, anyCase, open }: ChoiceRow, word: string): string {
  const alike = (known: string): boolean =>
    known === word || (anyCase === true && known.toLowerCase() === word.toLowerCase());
  const found = choice.find(alike) ?? Object.entries(synonyms).find(([other]) => alike(other))?.[1];
  if (found !== undefined) return found;
  if (open === true) return word;
  return refuse(`Allowed choices are ${choice.join(', ')}.${didYouMean(word, choice)}`);
}

function readCount({ least = 1, most = Number.MAX_SAFE_INTEGER }: CountRow, word: string): number {
  const count = Number(word);
  if (/^\d{1,16}$/.test(word) && count >= least && count <= most) return count;
  const bound = most === Number.MAX_SAFE_INTEGER ? 'on' : `to ${most}`;
  return refuse(`It needs a whole number from ${least} ${bound}.`);
}

function readNumber({ least = -Infinity, most = Infinity }: NumberRow, word: string): number {
  const number = Number(word);
  if (word.trim() !== '' && Number.isFinite(number) && number >= least && number <= most) return number;
  const bounds = [...(least > -Infinity ? [`from ${least}`] : []), ...(most < Infinity ? [`to ${most}`] : [])];
  return refuse(`It needs ${['a number', ...bounds].join(' ')}.`);
}

function readPair(word: string, example: string): readonly [string, string] {
  const split = word.indexOf('=');
  if (split > 0) return [word.slice(0, split), word.slice(split + 1)];
  return refuse(`It needs KEY=VALUE: ${example}`);
}

/** `temperature=0.7`, read as the row of that name. */
function readSetting({ rows, example }: SettingsRow, word: string): readonly [string, unknown] {
  const split = Math.max(0, word.indexOf('='));
  const [name, value] = [word.slice(0, split), word.slice(split + 1)];
  const row = Object.hasOwn(rows, name) ? rows[name] : undefined;
  if (row !== undefined && row.kind !== 'options' && (value !== '' || row.kind !== 'text')) {
    return [name, readWord(row, value)];
  }
  const known = Object.keys(rows);
  return refuse(`It is no parameter that is written, known: ${known.join(', ')}: ${example}${didYouMean(name, known)}`);
}
