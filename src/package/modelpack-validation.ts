import { isDigest } from '../core/index.js';

/** A field's rule: a problem in words, or nothing. */
type Rule = (value: unknown) => string | undefined;

const text: Rule = (value) => (typeof value === 'string' ? undefined : 'no text');
const truth: Rule = (value) => (typeof value === 'boolean' ? undefined : 'neither true nor false');
const like =
  (pattern: RegExp, words: string): Rule =>
  (value) =>
    typeof value === 'string' && pattern.test(value) ? undefined : words;
const list =
  (item: Rule, least = 0): Rule =>
  (value) => {
    if (!Array.isArray(value)) return 'no list';
    if (value.length < least) return `${value.length} items, at least ${least}`;
    return value.map(item).find((problem) => problem !== undefined);
  };

const DATE = like(
  /^\d{4}-(0\d|1[0-2])-([0-2]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/,
  'no RFC 3339 date',
);
const MODALITY = like(/^(text|image|audio|video|embedding|other)$/, 'no known modality');
const DIGEST: Rule = (value) => (isDigest(value) ? undefined : 'no sha256 digest');

type Fields = ReadonlyMap<string, Rule>;
const fields = (rules: Readonly<Record<string, Rule>>): Fields => new Map(Object.entries(rules));

const DESCRIPTOR = fields({
  createdAt: DATE,
  authors: list(text),
  vendor: text,
  family: text,
  name: like(/./s, 'empty, or no text'),
  version: text,
  title: text,
  description: text,
  docURL: text,
  sourceURL: text,
  datasetsURL: list(text),
  revision: text,
  licenses: list(text),
});
const CAPABILITIES = fields({
  inputTypes: list(MODALITY),
  outputTypes: list(MODALITY),
  knowledgeCutoff: DATE,
  reasoning: truth,
  toolUsage: truth,
  reward: truth,
  languages: list(like(/^[a-z]{2}$/, 'not two lower-case letters')),
});
const CONFIG = fields({
  architecture: text,
  format: text,
  // Prose of the specification; its schema says only "string".
  paramSize: like(/^\d+(\.\d)?[KMBTQkmbtq]$/, 'not a number with at most one decimal and K, M, B, T or Q'),
  precision: text,
  quantization: text,
  capabilities: (value) => objectProblems(value, CAPABILITIES, []).at(0),
});
const MODELFS = fields({ type: like(/^layers$/, "not 'layers'"), diffIds: list(DIGEST, 1) });

/**
 * Checks a ModelPack config against the specification's schema (no additional members at any level) and its prose.
 * Returns the problems, each with its path; none for a valid config.
 */
export function modelPackProblems(config: unknown): string[] {
  const parts: readonly (readonly [string, Fields, readonly string[]])[] = [
    ['descriptor', DESCRIPTOR, []],
    ['config', CONFIG, []],
    ['modelfs', MODELFS, ['type', 'diffIds']],
  ];
  if (!isObject(config)) return ['the config is no object'];
  const known = new Set(parts.map(([name]) => name));
  const strangers = Object.keys(config).filter((key) => !known.has(key));
  return [
    ...strangers.map((key) => `${key}: not part of the specification`),
    ...parts.flatMap(([name, rules, required]) =>
      Object.hasOwn(config, name)
        ? objectProblems(config[name], rules, required).map((problem) => `${name}.${problem}`)
        : [`${name}: missing`],
    ),
  ];
}

function objectProblems(value: unknown, rules: Fields, required: readonly string[]): string[] {
  if (!isObject(value)) return ['no object'];
  const missing = required.filter((key) => !Object.hasOwn(value, key)).map((key) => `${key}: missing`);
  const wrong = Object.entries(value).flatMap(([key, member]) => {
    const rule = rules.get(key);
    const problem = rule === undefined ? 'not part of the specification' : rule(member);
    return problem === undefined ? [] : [`${key}: ${problem}`];
  });
  return [...missing, ...wrong];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
