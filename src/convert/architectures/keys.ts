import { SlipwayError } from '../../core/index.js';
import type { JsonValue } from '../../files/index.js';
import type { GgufValue } from '../../gguf/index.js';
import { asNumber } from '../config/config-values.js';
import type { Family, Key, KeyRule, Model, PlannedModel } from './family.js';

/** A value that is not in the configuration under one name: computed, or constant. */
export type Computed<T> = (model: Model) => T | undefined;

type Source<T> = readonly string[] | Computed<T>;

/** An unsigned 32-bit number; left out when the configuration has none of the names (or null). */
export function uint(name: string, source: Source<number>): KeyRule {
  return (model) =>
    singleKey(
      name,
      valueFrom(model, source, (names) => model.config.number(...names)),
      uint32,
    );
}

/** An unsigned number, or one for each layer where the configuration has a list. */
export function uintOrList(name: string, source: Source<JsonValue>): KeyRule {
  return function* (model) {
    const value = valueFrom(model, source, (names) => model.config.find(...names));
    if (value === undefined) return;
    if (Array.isArray(value)) yield [name, integers(name, value as readonly JsonValue[])];
    else yield [name, uint32(value, name)];
  };
}

/** A single-precision number. */
export function float(name: string, source: Source<number>): KeyRule {
  return (model) =>
    singleKey(
      name,
      valueFrom(model, source, (names) => model.config.number(...names)),
      float32,
    );
}

export function bool(name: string, source: Source<boolean>): KeyRule {
  return (model) =>
    singleKey(
      name,
      valueFrom(model, source, (names) => model.config.boolean(...names)),
      (value) => ({ type: 'BOOL', value }),
    );
}

export function text(name: string, source: Source<string>): KeyRule {
  return (model) =>
    singleKey(
      name,
      valueFrom(model, source, (names) => model.config.string(...names)),
      (value) => ({ type: 'STRING', value }),
    );
}

/** Truth values, one for each layer. */
export function bools(name: string, source: Computed<readonly boolean[]>): KeyRule {
  return (model) => singleKey(name, source(model), (value) => ({ type: 'ARRAY', items: 'BOOL', value }));
}

/** A constant text. */
export function constant(name: string, value: string | boolean): KeyRule {
  return () => [[name, typeof value === 'string' ? { type: 'STRING', value } : { type: 'BOOL', value }]];
}

/** `general.file_type`: a family says where in its keys it stands. */
export const fileType: KeyRule = (model: PlannedModel) => [
  ['general.file_type', { type: 'UINT32', value: model.fileType }],
];

/** Several rules as one. */
export function all(...rules: readonly KeyRule[]): KeyRule {
  return function* (model) {
    for (const rule of rules) yield* rule(model);
  };
}

/** Rules that hold only for some models of the family. */
export function when(condition: (model: Model) => boolean, ...rules: readonly KeyRule[]): KeyRule {
  return (model) => (condition(model) ? all(...rules)(model) : []);
}

function* singleKey<T>(
  name: string,
  value: T | undefined,
  encode: (value: T, name: string) => GgufValue,
): Iterable<Key> {
  if (value !== undefined) yield [name, encode(value, name)];
}

function valueFrom<T>(
  model: Model,
  source: Source<T>,
  find: (names: readonly string[]) => T | undefined,
): T | undefined {
  return typeof source === 'function' ? source(model) : find(source);
}

function uint32(stated: JsonValue, name: string): GgufValue {
  const value = asNumber(stated);
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 32) {
    return { type: 'UINT32', value };
  }
  throw outOfRange(name, stated);
}

function float32(value: number): GgufValue {
  return { type: 'FLOAT32', value };
}

/** A list of whole numbers, stored as gguf-py stores Python's: signed 32 bits, or truth values as such. An empty list is not written. */
export function integers(name: string, list: readonly JsonValue[]): GgufValue {
  if (list.length > 0 && list.every((item) => typeof item === 'boolean')) {
    return { type: 'ARRAY', items: 'BOOL', value: list };
  }
  const value = list.map((item) => {
    if (typeof item === 'number' && Number.isInteger(item) && Math.abs(item) < 2 ** 31) return item;
    throw outOfRange(name, item);
  });
  return { type: 'ARRAY', items: 'INT32', value };
}

function outOfRange(name: string, value: JsonValue): SlipwayError {
  return new SlipwayError('MODEL_INVALID', `the configuration's value for '${name}' does not fit`, {
    where: 'config.json',
    got: `${JSON.stringify(value).slice(0, 100)}, expected a whole number of 32 bits`,
  });
}

/** A name that begins with a slash is written as it stands behind it. */
export function fullName(family: Family, name: string): string {
  if (name.startsWith('/')) return name.slice(1);
  return /^(?:general|tokenizer|xielu|diffusion)\./.test(name) ? name : `${family.gguf}.${name}`;
}
