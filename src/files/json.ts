import { SlipwayError } from '../core/index.js';
import type { ModelFile } from './model-file.js';
import { readText } from './read.js';

/** What JSON can say. Read objects through `jsonField`: a file may name a key `__proto__` or `constructor`. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** Parses JSON text. Throws `JSON_INVALID` with the file's name. As everywhere, the last of duplicate keys counts. */
export function parseJson(text: string, name: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw new SlipwayError('JSON_INVALID', `'${name}' is not valid JSON`, { where: name, cause });
  }
}

/** Reads a JSON file of at most `limit` bytes whose top level is an object. */
export async function readJsonObject(file: ModelFile, limit: number, signal?: AbortSignal): Promise<JsonObject> {
  const value = parseJson(await readText(file, limit, signal), file.path);
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
