import { parseDocument, type ScalarTag } from 'yaml';
import { isStackOverflow, SlipwayError, withTimeLimit, type TimeLimit } from '../../core/index.js';
import { isNestedDeeper, isTangled, readWhole } from '../../files/index.js';
import type { Repository } from '../repository.js';
import { linesOf } from './python-text.js';

/** A README larger than this is no model card. */
const CARD_LIMIT = 16 * 1024 * 1024;
/** Characters of a front matter: benchmark tables reach some hundred thousand. */
const FRONT_MATTER_SIZE = 2 * 1024 * 1024;
const FRONT_MATTER_LIMIT: TimeLimit = { ms: 3000, code: 'MODEL_INVALID', what: "the front matter of 'README.md'" };

/** A date in a model card, which nothing can be made of. */
export class CardDate {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What YAML 1.1 can say: integers are `bigint`, floats are `number`. */
export type CardValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | CardDate
  | readonly CardValue[]
  | ReadonlyMap<CardValue, CardValue>;

export type ModelCard = ReadonlyMap<CardValue, CardValue>;

/**
 * The front matter of README.md, read as PyYAML reads it (YAML 1.1: `yes` is true, `1_000` a number); empty without
 * one. Throws `MODEL_INVALID` when it is not YAML.
 */
export async function readModelCard(repository: Repository): Promise<ModelCard> {
  const file = repository.file('README.md');
  if (file === undefined) return new Map();
  const bytes = await readWhole(file, CARD_LIMIT);
  try {
    // A byte order mark stays: a card that begins with one has no front matter for the reference.
    return parseModelCard(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    if (SlipwayError.is(cause)) throw cause;
    throw invalidCard('is not valid UTF-8', cause);
  }
}

/** Front matter of a model card's text. */
export function parseModelCard(text: string): ModelCard {
  return withTimeLimit(() => readFrontMatter(text), FRONT_MATTER_LIMIT);
}

function readFrontMatter(text: string): ModelCard {
  const lines = linesOf(text);
  if (lines[0] !== '---') return new Map();
  const end = lines.indexOf('---', 1);
  if (
    (end === -1 ? text.length : lines.slice(0, end).reduce((sum, line) => sum + line.length, 0)) > FRONT_MATTER_SIZE
  ) {
    throw invalidCard('has a front matter that is too long');
  }
  if (isTangled(lines.slice(0, end === -1 ? undefined : end).join('\n'))) {
    throw invalidCard('has a front matter with too many anchors, aliases or open brackets');
  }
  const body = `${lines.slice(1, end === -1 ? undefined : end).join('\n')}\n`;
  // Norwegian is not false, and some cards are indented by tabs.
  const source = body.replaceAll('- no\n', '- "no"\n').replaceAll('\t', '  ');
  const document = parseDocument(source, {
    version: '1.1',
    schema: 'failsafe',
    customTags: SCALARS,
    uniqueKeys: false,
    logLevel: 'silent',
  });
  if (document.errors.length > 0) throw invalidCard('has a front matter that is not YAML', document.errors[0]);
  try {
    const value = document.toJS({ mapAsMap: true, maxAliasCount: 100 }) as CardValue | undefined;
    if (isNestedDeeper(value, 64)) throw invalidCard('has a front matter that is nested too deeply, or holds itself');
    return value instanceof Map ? (value as ModelCard) : new Map();
  } catch (cause) {
    if (isStackOverflow(cause) || SlipwayError.is(cause)) throw cause;
    throw invalidCard('has a front matter that cannot be read', cause);
  }
}

function invalidCard(what: string, cause?: unknown): SlipwayError {
  return new SlipwayError('MODEL_INVALID', `'README.md' ${what}`, {
    where: 'README.md',
    try: 'repair the lines between the first two --- of README.md, or take the file away',
    cause,
  });
}

/** Plain scalars that are no text, by the patterns of PyYAML's resolver. */
const SCALARS: ScalarTag[] = [
  scalar('null', /^(?:~|null|Null|NULL|)$/, () => null),
  scalar('bool', /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/, () => true),
  scalar('bool', /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/, () => false),
  scalar(
    'int',
    /^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/,
    integer,
  ),
  scalar(
    'float',
    /^(?:[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
    float,
  ),
  scalar(
    'timestamp',
    /^(?:\d{4}-\d{2}-\d{2}|\d{4}-\d{1,2}-\d{1,2}(?:[Tt]|[ \t]+)\d{1,2}:\d{2}:\d{2}(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d{1,2}(?::\d{2})?))?)$/,
    (text) => new CardDate(text),
  ),
];

function scalar(tag: string, test: RegExp, resolve: (text: string) => CardValue): ScalarTag {
  return { tag: `tag:yaml.org,2002:${tag}`, default: true, test, resolve };
}

function integer(text: string): bigint {
  const digits = text.replaceAll('_', '').replace(/^[-+]/, '');
  const magnitude = digits.includes(':')
    ? digits.split(':').reduce((sum, part) => sum * 60n + BigInt(part), 0n)
    : BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return text.startsWith('-') ? -magnitude : magnitude;
}

function float(text: string): number {
  const digits = text.replaceAll('_', '').toLowerCase().replace(/^[-+]/, '');
  if (digits === '.nan') return Number.NaN;
  const magnitude = digits === '.inf' ? Number.POSITIVE_INFINITY : base60(digits);
  return text.startsWith('-') ? -magnitude : magnitude;
}

function base60(digits: string): number {
  return digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}
