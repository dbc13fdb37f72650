import type { Document, LineCounter } from 'yaml';
import { isStackOverflow, SlipwayError, withTimeLimit, type TimeLimit } from '../core/index.js';
import { isNestedDeeper } from '../files/index.js';
import type { Problem } from './problems.js';

/** A YAML or JSON configuration as it stands, with the places of its keys. */
export interface ConfigDocument {
  readonly value: unknown;
  /** `line 7, column 5`, for a path that the document holds. */
  locate(path: readonly PropertyKey[]): string | undefined;
}

/** Aliases a document may expand to: enough for sharing options, too few for a bomb. */
const ALIAS_LIMIT = 64;
/** Characters of a configuration. */
const TEXT_LIMIT = 4 * 1024 * 1024;
/** Levels of lists and records. */
const DEEPEST = 64;

/** Parses YAML 1.2 or strict JSON. Nothing in it runs. Throws `CONFIG_LOAD` with line and column. */
export async function parseDocument(text: string, file: string): Promise<ConfigDocument> {
  const [document, second] = await parseDocuments(text, file);
  if (document !== undefined && second === undefined) return document;
  throw new SlipwayError('CONFIG_LOAD', `'${file}' cannot be parsed`, {
    where: file,
    got: 'several YAML documents, where one is read',
  });
}

/** As {@link parseDocument}, for a file that may hold several documents (`---`). Those that are empty are left out. */
export async function parseDocuments(text: string, file: string): Promise<readonly ConfigDocument[]> {
  const { LineCounter, parseAllDocuments } = await import('yaml');
  if (text.length > TEXT_LIMIT) {
    throw new SlipwayError('CONFIG_LOAD', `'${file}' is too large for a configuration`, {
      where: file,
      got: `${text.length} characters, limit ${TEXT_LIMIT}`,
    });
  }
  const limit: TimeLimit = { ms: 2000, code: 'CONFIG_LOAD', what: `'${file}'`, where: file };
  if (file.endsWith('.json')) requireJson(text, file);
  const lines = new LineCounter();
  const options = { lineCounter: lines, uniqueKeys: true, prettyErrors: false } as const;
  const parsed = [...withTimeLimit(() => parseAllDocuments(text, options), limit)];
  const documents = parsed.map((document) => readDocument(document, lines, { text, file, limit }));
  const written = documents.filter(({ value }) => value !== null);
  return written.length === 0 ? documents.slice(0, 1) : written;
}

function readDocument(
  document: Document.Parsed,
  lines: LineCounter,
  { text, file, limit }: { readonly text: string; readonly file: string; readonly limit: TimeLimit },
): ConfigDocument {
  const fault = document.errors[0];
  if (fault !== undefined) {
    const { line, col } = lines.linePos(fault.pos[0]);
    throw new SlipwayError('CONFIG_LOAD', `'${file}' cannot be parsed`, {
      where: `${file}:${line}:${col}`,
      got: fault.message,
      // Braces end a word inside of `{ … }` and `[ … ]`.
      ...(text.split('\n')[line - 1]?.includes('${') === true && {
        try: "put quotes around what holds ${…}: { from: '${matrix.model}' }",
      }),
    });
  }
  return {
    value: withTimeLimit(() => shallow(toPlain(document, file), file), limit),
    locate: (path) => {
      for (let length = path.length; length > 0; length -= 1) {
        const node = document.getIn(path.slice(0, length), true);
        const start = rangeStart(node);
        if (start === undefined) continue;
        const { line, col } = lines.linePos(start);
        return `line ${line}, column ${col}`;
      }
      return undefined;
    },
  };
}

function rangeStart(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) return undefined;
  const [start] = node.range as readonly unknown[];
  return typeof start === 'number' ? start : undefined;
}

/** Everything that reads a configuration goes down level by level. */
function shallow(value: unknown, file: string): unknown {
  if (!isNestedDeeper(value, DEEPEST)) return value;
  throw new SlipwayError('CONFIG_LOAD', `'${file}' is nested too deeply`, {
    where: file,
    got: `more than ${DEEPEST} levels`,
  });
}

function toPlain(document: { toJS(options: { maxAliasCount: number }): unknown }, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: ALIAS_LIMIT });
  } catch (cause) {
    if (isStackOverflow(cause)) throw cause;
    throw new SlipwayError('CONFIG_LOAD', `'${file}' uses too many aliases`, {
      where: file,
      got: `more than ${ALIAS_LIMIT}`,
      cause,
    });
  }
}

function requireJson(text: string, file: string): void {
  try {
    JSON.parse(text);
  } catch (cause) {
    throw new SlipwayError('CONFIG_LOAD', `'${file}' is not valid JSON`, {
      where: file,
      got: cause instanceof Error ? cause.message : String(cause),
    });
  }
}

/** The document as it may be recorded: a password that stands in it as text, and is no `${env:NAME}`, becomes `***`. */
export function withoutPasswords(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPasswords);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]: [string, unknown]) => [
      key,
      key === 'password' && typeof inner === 'string' && !/^\$\{env:\w+\}$/.test(inner)
        ? '***'
        : withoutPasswords(inner),
    ]),
  );
}

const REFERENCE = /\$\{env:([A-Za-z_]\w*)\}/g;

/** Replaces `${env:NAME}` in every string. A variable that is not set is a problem, not an empty string. */
export function interpolate(
  value: unknown,
  env: Readonly<Record<string, string | undefined>>,
  path: readonly PropertyKey[] = [],
): { readonly value: unknown; readonly problems: readonly Problem[] } {
  if (typeof value === 'string') return interpolateText(value, env, path);
  if (typeof value !== 'object' || value === null) return { value, problems: [] };
  const problems: Problem[] = [];
  const visit = (inner: unknown, key: PropertyKey): unknown => {
    const result = interpolate(inner, env, [...path, key]);
    problems.push(...result.problems);
    return result.value;
  };
  const filled: unknown = Array.isArray(value)
    ? value.map((item: unknown, index) => visit(item, index))
    : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, visit(inner, key)]));
  return { value: filled, problems };
}

function interpolateText(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  path: readonly PropertyKey[],
): { value: string; problems: Problem[] } {
  const problems: Problem[] = [];
  const value = text.replaceAll(REFERENCE, (whole, name: string) => {
    const found = env[name];
    if (found !== undefined) return found;
    problems.push({ path, text: `refers to the environment variable ${name}, which is not set` });
    return whole;
  });
  return { value, problems };
}
