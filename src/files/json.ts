import { randomUUID } from 'node:crypto';
import { interruptibleStep, interruptibly, SlipwayError, withTimeLimit, type TimeLimit } from '../core/index.js';
import { LONG_JSON, parseInPieces } from './json-pieces.js';
import type { ModelFile } from './model-file.js';
import { readText } from './read.js';

/** What JSON can say. Read objects through `jsonField`: a file may name a key `__proto__` or `constructor`. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** Levels of lists and objects: what reads a value goes down level by level, and Python gives up at a thousand. */
export const MAX_JSON_DEPTH: number = 500;
/** Values, and lists and objects among them: the largest published tokenizer.json has 1.5 million, and half a million. */
export const MAX_JSON_VALUES: number = 2 ** 23;
export const MAX_JSON_CONTAINERS: number = 2 ** 21;

const [QUOTE, COMMA, BACKSLASH] = [0x22, 0x2c, 0x5c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** What tells text that is no JSON from JSON that cannot be used. */
const SYNTAX = { syntax: true } as const;

/** Whether an error says that a text is no JSON (Python's JSONDecodeError). */
export function isJsonSyntaxError(error: unknown): boolean {
  return SlipwayError.is(error) && error.code === 'JSON_INVALID' && error.details.context?.['syntax'] === true;
}

/** Parses JSON text. Throws `JSON_INVALID` with the file's name. As everywhere, the last of duplicate keys counts. */
export function parseJson(text: string, name: string): JsonValue {
  requireModest(text, name);
  try {
    return parseAny(text, name);
  } catch (cause) {
    if (SlipwayError.is(cause)) throw cause;
    throw new SlipwayError('JSON_INVALID', `'${name}' is not valid JSON`, { where: name, cause, context: SYNTAX });
  }
}

/**
 * Parses what Python's `json` module reads and writes: JSON, and the numbers `NaN`, `Infinity` and `-Infinity`, which
 * files that Python programs saved do contain. Throws `JSON_INVALID` with the file's name.
 */
export function parsePythonJson(text: string, name: string): JsonValue {
  requireModest(text, name);
  try {
    return parseAny(text, name);
  } catch (cause) {
    if (SlipwayError.is(cause)) throw cause;
    // The file's author cannot know this mark, so a string of the file's own is never taken for it.
    const mark = `NaN ${randomUUID()}`;
    const isMark = (value: JsonValue): boolean => Array.isArray(value) && value.length === 1 && value[0] === mark;
    const plain = withoutPythonNumbers(text, JSON.stringify([mark]));
    if (plain !== undefined) {
      try {
        return JSON.parse(plain, (_key, value: JsonValue) => (isMark(value) ? Number.NaN : value)) as JsonValue;
      } catch {
        // The first error names the place in the file as it stands.
      }
    }
    throw new SlipwayError('JSON_INVALID', `'${name}' is not valid JSON`, { where: name, cause, context: SYNTAX });
  }
}

/** As `JSON.parse`, and Ctrl-C ends it. */
function parseAny(text: string, name: string): JsonValue {
  if (text.length < LONG_JSON) return JSON.parse(text) as JsonValue;
  try {
    return withTimeLimit(() => parseInPieces(text), reading(name)) as JsonValue;
  } catch (error) {
    if (SlipwayError.is(error)) throw error;
    // Says what is wrong, and where.
    return JSON.parse(text) as JsonValue;
  }
}

function reading(name: string): TimeLimit {
  return { ms: 60_000, code: 'JSON_INVALID', what: `'${name}'` };
}

/**
 * Refuses what no reader of a model needs and the engine's own parser, which nothing interrupts, would be busy with for long:
 * deep nesting, and more lists and values than any tokenizer has. Ctrl-C ends the look at a long text.
 */
function requireModest(text: string, name: string): void {
  interruptibly(() => requireStructure(text, name), text.length, reading(name));
}

function requireStructure(text: string, name: string): void {
  let [depth, containers, values] = [0, 0, 0];
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) {
      at = endOfString(text, at + 1) - 1;
    } else if (char === COMMA) {
      if (++values > MAX_JSON_VALUES) throw immodest(name, `more than ${MAX_JSON_VALUES} values`);
    } else if (char === OPEN_LIST || char === OPEN_OBJECT) {
      if (++containers > MAX_JSON_CONTAINERS)
        throw immodest(name, `more than ${MAX_JSON_CONTAINERS} lists and objects`);
      if (++depth > MAX_JSON_DEPTH) {
        throw new SlipwayError('JSON_INVALID', `'${name}' is not valid JSON for any reader: it is nested too deeply`, {
          where: name,
          got: `more than ${MAX_JSON_DEPTH} levels at character ${at}`,
        });
      }
    } else if (char === CLOSE_LIST || char === CLOSE_OBJECT) {
      depth--;
    }
  }
}

function immodest(name: string, got: string): SlipwayError {
  return new SlipwayError('JSON_INVALID', `'${name}' holds more than can be read`, { where: name, got });
}

/**
 * Numbers that only Python knows, in JSON's terms: `1e999` is read as infinity, `nan` is a list so that it cannot be a
 * key. `undefined` when there are none.
 */
function withoutPythonNumbers(text: string, nan: string): string | undefined {
  const parts: string[] = [];
  const start = /["NI]/g;
  let kept = 0;
  for (let match = start.exec(text); match !== null; match = start.exec(text)) {
    const at = match.index;
    if (match[0] === '"') {
      start.lastIndex = endOfString(text, at + 1);
      continue;
    }
    const word = ['NaN', 'Infinity'].find((one) => text.startsWith(one, at));
    // A number in front would swallow the digits that stand for infinity, one behind is kept apart by the space.
    if (word === undefined || /[\d.]/.test(text.charAt(at - 1))) return undefined;
    parts.push(text.slice(kept, at), word === 'NaN' ? nan : '1e999 ');
    kept = at + word.length;
    start.lastIndex = kept;
  }
  return parts.length === 0 ? undefined : parts.join('') + text.slice(kept);
}

/** Just behind the quotation mark that ends the string whose content begins at `from`. */
function endOfString(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) return at + 1;
    if (char === BACKSLASH) at++;
  }
  return text.length;
}

/**
 * Reads a JSON file of at most `limit` bytes whose top level is an object, as Python would (`parsePythonJson`): these are
 * files of model repositories.
 */
export async function readJsonObject(file: ModelFile, limit: number, signal?: AbortSignal): Promise<JsonObject> {
  const text = await readText(file, limit, signal, { keepMark: true });
  if (text.startsWith('\ufeff')) {
    throw new SlipwayError('JSON_INVALID', `'${file.path}' is not valid JSON`, {
      where: file.path,
      context: SYNTAX,
      got: 'a byte order mark at its start, which no JSON has and Python refuses',
      try: 'save it as UTF-8 without a byte order mark',
    });
  }
  const parse = (): JsonValue => parsePythonJson(text, file.path);
  const value = await interruptibleStep(parse, text.length, reading(file.path), signal);
  if (isJsonObject(value)) return value;
  throw new SlipwayError('JSON_INVALID', `'${file.path}' does not hold a JSON object`, { where: file.path });
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object's own field, never one it inherits. */
export function jsonField(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
