import { SlipwayError } from '../../core/index.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../files/index.js';
import { truthy } from './truthy.js';

/**
 * Typed access to what a JSON object says. Where several names are given the first one that is *present* counts, even
 * when its value is null: a null reads as "not given", as in llama.cpp's converter.
 */
export class Values {
  readonly #entries: ReadonlyMap<string, JsonValue>;
  /** Named in errors. */
  readonly #where: string;

  constructor(entries: ReadonlyMap<string, JsonValue> | JsonObject, where = 'config.json') {
    this.#entries = entries instanceof Map ? entries : new Map(Object.entries(entries as JsonObject));
    this.#where = where;
  }

  /** True when nothing is said at all. */
  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** The value of the first name that is present, `undefined` for null. */
  find(...names: readonly string[]): JsonValue | undefined {
    const name = names.find((candidate) => this.#entries.has(candidate));
    return name === undefined ? undefined : (this.#entries.get(name) ?? undefined);
  }

  number(...names: readonly string[]): number | undefined {
    const value = asNumber(this.find(...names));
    if (value === undefined || typeof value === 'number') return value;
    throw this.#wrong(names, 'a number', value);
  }

  /** A number that has to be there. Throws `MODEL_INVALID` otherwise. */
  need(...names: readonly string[]): number {
    const value = this.number(...names);
    if (value === undefined) throw this.missing(...names);
    return value;
  }

  /** A count that has to be there: a whole number from 0 to 2^31 - 1. */
  count(...names: readonly string[]): number {
    const value = this.need(...names);
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** 31) throw this.#wrong(names, 'a whole number', value);
    return value;
  }

  string(...names: readonly string[]): string | undefined {
    const value = this.find(...names);
    if (value === undefined || typeof value === 'string') return value;
    throw this.#wrong(names, 'text', value);
  }

  /** Whatever Python takes for true or false. */
  boolean(...names: readonly string[]): boolean | undefined {
    const value = this.find(...names);
    return value === undefined ? undefined : truthy(value);
  }

  /** A truth value that holds unless something else is said: a null says false, as any other value that Python takes for it. */
  flag(name: string, unlessSaid: boolean): boolean {
    return this.#entries.has(name) ? truthy(this.#entries.get(name)) : unlessSaid;
  }

  /** A list of numbers. */
  numbers(...names: readonly string[]): readonly number[] | undefined {
    const value = this.find(...names);
    if (value === undefined) return undefined;
    const items = Array.isArray(value) ? (value as readonly JsonValue[]).map((item) => asNumber(item)) : [value];
    if (Array.isArray(value) && items.every((item) => typeof item === 'number')) return items;
    throw this.#wrong(names, 'a list of numbers', value);
  }

  /** A list of texts. */
  strings(...names: readonly string[]): readonly string[] | undefined {
    const value = this.find(...names);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    throw this.#wrong(names, 'a list of texts', value);
  }

  /** A nested object. */
  object(...names: readonly string[]): Values | undefined {
    const value = this.find(...names);
    if (value === undefined) return undefined;
    if (isJsonObject(value)) return new Values(value, `${this.#where}: ${names.join(' or ')}`);
    throw this.#wrong(names, 'an object', value);
  }

  /** These values with others laid over them. */
  with(laid: Iterable<readonly [string, JsonValue]> | JsonObject): Values {
    const entries = Symbol.iterator in laid ? laid : Object.entries(laid);
    return new Values(new Map([...this.#entries, ...entries]), this.#where);
  }

  entries(): Iterable<readonly [string, JsonValue]> {
    return this.#entries.entries();
  }

  missing(...names: readonly string[]): SlipwayError {
    return new SlipwayError('MODEL_INVALID', `'${names.join("' or '")}' is missing`, { where: this.#where });
  }

  #wrong(names: readonly string[], expected: string, value: JsonValue): SlipwayError {
    // The name that the file has, of all that would do.
    const present = names.find((name) => this.#entries.has(name)) ?? names.join("' or '");
    return new SlipwayError('MODEL_INVALID', `'${present}' in ${this.#where} is not ${expected}`, {
      where: this.#where,
      got: JSON.stringify(value).slice(0, 200),
    });
  }
}

/** A truth value counts as 1 or 0 where a number is meant, as in Python. */
export function asNumber(value: JsonValue | undefined): JsonValue | undefined {
  return typeof value === 'boolean' ? Number(value) : value;
}
