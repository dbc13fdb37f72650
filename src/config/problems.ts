import { z } from 'zod';
import { didYouMean, SlipwayError } from '../core/index.js';
import { NEEDS } from './option-schema.js';

/** One thing wrong with a configuration. */
export interface Problem {
  /** Keys and indices from the top of the document. */
  readonly path: readonly PropertyKey[];
  /** What is wrong, without the path. */
  readonly text: string;
}

/** Keys whose values are never printed, wherever they stand. */
const PRIVATE = new Set<PropertyKey>(['credentials', 'password']);

/** Checks a value against a schema and says in our own words everything that is wrong with it. */
export function findProblems(schema: z.ZodType, value: unknown, prefix: readonly PropertyKey[] = []): Problem[] {
  const result = schema.safeParse(value);
  if (result.success) return [];
  return result.error.issues
    .flatMap((issue) => explain(issue, schema, value))
    .map(({ path, text }) => ({
      path: [...prefix, ...path],
      text,
    }));
}

/** Throws `CONFIG_INVALID` naming every problem, when there is one. */
export function throwProblems(
  problems: readonly Problem[],
  file: string,
  locate: (path: readonly PropertyKey[]) => string | undefined = () => undefined,
): void {
  if (problems.length === 0) return;
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  throw new SlipwayError('CONFIG_INVALID', `${count} in '${file}'`, {
    problems: problems.map(({ path, text }) => {
      const line = locate(path);
      return { at: pathText(path), text: line === undefined ? text : `${text}   (${line})` };
    }),
    context: { file, problems: problems.length },
  });
}

/** `stages[1].convert.quantize[0]`. */
export function pathText(path: readonly PropertyKey[]): string {
  if (path.length === 0) return '(top level)';
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

function explain(issue: z.core.$ZodIssue, root: z.ZodType, value: unknown): Problem[] {
  const { path } = issue;
  const received = valueAt(value, path);
  const schema = schemaAt(root, path);
  const needs = descriptionOf(schema);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...path, key], text: unknownKey(key, keysOf(schema)) }));
    case 'invalid_value':
      return [{ path, text: notAllowed(received, issue.values, path) }];
    case 'invalid_union':
      return explainUnion(issue, root, value);
    case 'invalid_type':
      return [{ path, text: wrong(received, needs ?? article(issue.expected), path) }];
    case 'custom':
      return [{ path, text: issue.message === 'Invalid input' ? wrong(received, needs, path) : issue.message }];
    default:
      return [{ path, text: wrong(received, needs ?? 'another value', path) }];
  }
}

/** Of several allowed shapes, the one that the value resembles is explained; without one, the description stands. */
function explainUnion(issue: z.core.$ZodIssueInvalidUnion, root: z.ZodType, value: unknown): Problem[] {
  const { path } = issue;
  const close = issue.errors.filter(
    (branch) => !branch.some(({ path: inner, code }) => inner.length === 0 && code === 'invalid_type'),
  );
  const branch = close.length === 1 && !path.some((part) => PRIVATE.has(part)) ? close[0] : undefined;
  if (branch !== undefined) {
    return branch.flatMap((inner) => explain({ ...inner, path: [...path, ...inner.path] }, root, value));
  }
  return [{ path, text: wrong(valueAt(value, path), descriptionOf(schemaAt(root, path)), path) }];
}

function unknownKey(key: string, known: readonly string[]): string {
  const guess = didYouMean(key, known);
  return `unknown key${guess === '' && known.length > 0 ? `, allowed: ${known.join(', ')}` : guess}`;
}

function notAllowed(received: unknown, values: readonly unknown[], path: readonly PropertyKey[]): string {
  const words = values.map(String);
  if (received === undefined) return `missing, allowed: ${words.join(', ')}`;
  const guess = typeof received === 'string' ? didYouMean(received, words) : '';
  const shown = words.length > 12 ? [...words.slice(0, 12), '…'] : words;
  return `got ${show(received, path)}, allowed: ${shown.join(', ')}${guess}`;
}

function wrong(received: unknown, needs: string | undefined, path: readonly PropertyKey[]): string {
  if (received === undefined) return needs === undefined ? 'missing' : `missing, needs ${needs}`;
  return `got ${show(received, path)}${needs === undefined ? '' : `, needs ${needs}`}`;
}

/** A value as it stood in the file, shortened; below `credentials` only its type. */
function show(value: unknown, path: readonly PropertyKey[]): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'function') return 'a function';
  if (path.some((part) => PRIVATE.has(part))) return article(typeof value);
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 57)}…` : value}'`;
  return String(value);
}

const ARTICLES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

function article(type: string): string {
  return ARTICLES[type] ?? type;
}

/** The value at a path; own properties only. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value;
  for (const part of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, part)) return undefined;
    current = (current as Record<PropertyKey, unknown>)[part];
  }
  return current;
}

/** What a value needs to be: as its table says, else the outermost description. */
function descriptionOf(schema: z.core.$ZodType | undefined): string | undefined {
  const layers: z.core.$ZodType[] = [];
  for (let layer = schema; layer !== undefined; layer = unwrapped(layer)) layers.push(layer);
  const needs = layers.map((layer) => NEEDS.get(layer)?.needs).find((text) => text !== undefined);
  return needs ?? layers.map((layer) => (layer instanceof z.ZodType ? layer.description : undefined)).find(Boolean);
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodNullable ? schema.unwrap() : undefined;
}

function keysOf(wrapped: z.core.$ZodType | undefined): readonly string[] {
  const schema = bare(wrapped);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/** The schema that speaks for a path: through optional wrappers, fields, list elements and record values. */
function schemaAt(root: z.core.$ZodType, path: readonly PropertyKey[]): z.core.$ZodType | undefined {
  let current: z.core.$ZodType | undefined = root;
  for (const part of path) current = child(current, part);
  return current;
}

function bare(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  const inner = schema === undefined ? undefined : unwrapped(schema);
  return inner === undefined ? schema : bare(inner);
}

function child(schema: z.core.$ZodType | undefined, part: PropertyKey): z.core.$ZodType | undefined {
  const current = bare(schema);
  if (current instanceof z.ZodObject && typeof part === 'string') return current.shape[part];
  if (current instanceof z.ZodArray) return current.element;
  if (current instanceof z.ZodRecord) return current.valueType;
  if (current instanceof z.ZodUnion) {
    return current.options.map((option: z.core.$ZodType) => child(option, part)).find((found) => found !== undefined);
  }
  return undefined;
}
