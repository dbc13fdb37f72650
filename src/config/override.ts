import { SlipwayError } from '../core/index.js';
import type { parseYaml } from '../files/yaml.js';

/** A `--set path=value`, taken apart. */
interface Override {
  readonly text: string;
  readonly path: readonly string[];
  readonly value: unknown;
}

/** Parts of a path: a configuration has half a dozen levels. */
const DEEPEST = 32;

/** Fields of a configuration written as code that are plain data. */
const PLAIN_FIELDS = new Set(['name', 'limits', 'store', 'network']);

/**
 * Applies `--set` to a configuration written as code: its plain fields only, since its stages are already built.
 * Returns a new object. Throws `USAGE` for a path that cannot be set.
 */
export async function overrideCode(config: object, sets: readonly string[]): Promise<Record<string, unknown>> {
  let result: Record<string, unknown> = { ...config };
  for (const override of await parseOverrides(sets)) {
    const [field = ''] = override.path;
    if (!PLAIN_FIELDS.has(field)) throw notPlain(override, field);
    result = put(result, override.path, override) as Record<string, unknown>;
  }
  return result;
}

/**
 * Applies `--set` to a YAML or JSON document. `convert.quantize=Q8_0` reaches the one stage called `convert`;
 * `stages[1].convert.quantize=Q8_0` names it by place. Throws `USAGE`.
 */
export async function overrideDocument(document: unknown, sets: readonly string[]): Promise<unknown> {
  const overrides = await parseOverrides(sets);
  let result = overrides.length === 0 ? document : withoutShortForms(document);
  for (const override of overrides) {
    result = put(result, stagePath(result, override), override);
  }
  return result;
}

/** A stage written as `- pack` is one without options, as `- pack: {}` is: a place where options can be set. */
function withoutShortForms(document: unknown): unknown {
  const stages = own(document, 'stages');
  if (!Array.isArray(stages)) return document;
  const long = stages.map((entry: unknown) => (typeof entry === 'string' ? { [entry]: {} } : entry));
  return { ...(document as object), stages: long };
}

async function parseOverrides(sets: readonly string[]): Promise<Override[]> {
  if (sets.length === 0) return [];
  const { parseYaml: parse } = await import('../files/yaml.js');
  return sets.map((text) => {
    const split = text.indexOf('=');
    const path =
      split < 1
        ? []
        : text
            .slice(0, split)
            .replaceAll(/\[(\d+)\]/g, '.$1')
            .split('.');
    if (path.length === 0 || path.some((part) => part === '' || part === '__proto__')) {
      throw new SlipwayError('USAGE', `--set '${text}' is not path=value`, { try: '--set limits.memory=2GiB' });
    }
    if (path.length > DEEPEST) {
      throw new SlipwayError('USAGE', `--set '${text.slice(0, 60)}…' leads too deep`, {
        got: `${path.length} parts, at most ${DEEPEST}`,
      });
    }
    const written = text.slice(split + 1);
    return { text, path, value: written === '' ? '' : readValue(parse, written) };
  });
}

/** A value in YAML's one-line notation: text, numbers, true/false, `[a, b]`. What is none of these is text. */
function readValue(parse: typeof parseYaml, written: string): unknown {
  try {
    return parse(written, { code: 'USAGE', what: 'the value of --set' });
  } catch (error) {
    if (SlipwayError.is(error) && error.code !== 'USAGE') throw error;
    return written;
  }
}

function stagePath(document: unknown, override: Override): readonly string[] {
  const [field = '', ...rest] = override.path;
  const stages = own(document, 'stages');
  if (!Array.isArray(stages) || rest.length === 0 || own(document, field) !== undefined) return override.path;
  const places = stages.flatMap((entry: unknown, index) => (own(entry, field) === undefined ? [] : [String(index)]));
  if (places.length > 1) {
    throw new SlipwayError(
      'USAGE',
      `--set '${override.text}' is ambiguous: ${places.length} stages are called '${field}'`,
      {
        try: places.map((place) => `--set stages[${place}].${override.text}`),
      },
    );
  }
  const [place] = places;
  return place === undefined ? override.path : ['stages', place, field, ...rest];
}

function own(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string, unknown>)[key];
}

/** A copy of `target` with the value at the path; missing objects on the way are made. */
function put(target: unknown, path: readonly string[], override: Override): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return override.value;
  if (Array.isArray(target)) {
    const index = Number(key);
    if (!Number.isInteger(index) || index >= target.length)
      throw noPlace(override, `the list has ${target.length} entries`);
    return target.map((item: unknown, at) => (at === index ? put(item, rest, override) : item));
  }
  if (typeof target !== 'object' && target !== undefined) throw noPlace(override, `'${key}' is below a plain value`);
  return { ...target, [key]: put(own(target, key), rest, override) };
}

function noPlace(override: Override, got: string): SlipwayError {
  return new SlipwayError('USAGE', `--set '${override.text}' names no place in the configuration`, { got });
}

function notPlain(override: Override, field: string): SlipwayError {
  return new SlipwayError('USAGE', `--set cannot change '${field}' of a configuration that is code`, {
    got: override.text,
    try: [
      `set one of ${[...PLAIN_FIELDS].join(', ')}: --set limits.memory=2GiB`,
      `let the configuration read it: defineConfig(({ env }) => …), then VALUE=… pipeline run …`,
      'write the pipeline as YAML: its stage options can be set',
    ],
  });
}
