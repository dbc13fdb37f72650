import { nearest, SlipwayError } from '../../core/index.js';
import { toJson, type Result } from '../screen/output.js';
import { safeText, safeLine, table } from '../screen/text.js';

/**
 * Some values out of everything that is known: a GGUF's metadata by their keys, anything else by its path in the JSON
 * document (`manifest.annotations.org.opencontainers.image.licenses`). Throws `NOT_FOUND`.
 */
export function chosenKeys({ json }: Result, keys: readonly string[], what: string): Result {
  const values = keys.map((key): [string, unknown] => [key, found(json, key, what)]);
  const [only] = values;
  const text =
    only !== undefined && values.length === 1
      ? safeText(shown(only[1]))
      : table(values.map(([key, value]) => [safeLine(key), safeLine(shown(value))]));
  return { json: new Map(values), text };
}

function found(json: unknown, key: string, what: string): unknown {
  const places = placesOf(json);
  for (const place of places) {
    const value = valueAt(place, key);
    if (value !== undefined) return value;
  }
  const near = nearest(key, places.flatMap(namesOf));
  throw new SlipwayError('NOT_FOUND', `'${what}' has no key '${key}'`, {
    try: near === undefined ? `pipeline inspect ${what}` : `--key ${near}`,
    context: { key },
  });
}

/** Where a key may be: the document, the metadata of a GGUF (also of one in an artifact), annotations, the config. */
function placesOf(json: unknown): readonly unknown[] {
  const manifest = entry(json, 'manifest') ?? entry(json, 'index');
  return [
    entry(json, 'metadata'),
    entry(entry(json, 'gguf'), 'metadata'),
    entry(manifest, 'annotations'),
    entry(json, 'config'),
    json,
  ].filter((place) => place !== undefined);
}

/** A key may hold dots itself: the longest one that is there is followed. */
function valueAt(place: unknown, key: string): unknown {
  const whole = entry(place, key);
  if (whole !== undefined) return whole;
  for (let end = key.lastIndexOf('.'); end > 0; end = key.lastIndexOf('.', end - 1)) {
    const inner = entry(place, key.slice(0, end));
    const value = inner === undefined ? undefined : valueAt(inner, key.slice(end + 1));
    if (value !== undefined) return value;
  }
  return undefined;
}

function entry(value: unknown, key: string): unknown {
  if (value instanceof Map) return (value as ReadonlyMap<string, unknown>).get(key);
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}

function namesOf(value: unknown): string[] {
  if (value instanceof Map) return [...(value as ReadonlyMap<string, unknown>).keys()];
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}

function shown(value: unknown): string {
  return typeof value === 'object' && value !== null ? toJson(value) : String(value);
}
