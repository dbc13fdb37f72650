import { SlipwayError } from '../core/index.js';

/** Pipelines that one file may hold: more are a mistake in a matrix. */
export const PIPELINE_LIMIT = 256;

type Row = Readonly<Record<string, unknown>>;

const REFERENCE = /\$\{\{\s*matrix\.([A-Za-z_][\w-]*)\s*\}\}|\$\{matrix[.:]([A-Za-z_][\w-]*)\}/g;

/** One pipeline of a matrix: the document with its values filled in. */
export interface MatrixPipeline {
  readonly value: unknown;
  /** Values that its name does not hold, as text; `undefined` without a matrix. */
  readonly labels: readonly string[] | undefined;
}

/**
 * The pipelines that a document with `matrix:` stands for: everything else in it is shared by all of them, and
 * `${matrix.NAME}` (also `${{ matrix.NAME }}`) stands for the value of its row. A text that is nothing but such a
 * reference becomes the value itself, a list or a number. A document without `matrix:` is its own only pipeline.
 * Throws `CONFIG_INVALID`.
 */
export function expandMatrix(document: unknown, file: string): readonly MatrixPipeline[] {
  if (!isRecord(document) || document['matrix'] === undefined) return [{ value: document, labels: undefined }];
  const { matrix, ...shared } = document;
  const rows = rowsOf(matrix, file);
  const used = new Set<string>();
  const inName = new Set<string>();
  fill(shared['name'], rows[0] ?? {}, { used: inName, file });
  const filled = rows.map((row) => ({
    value: fill(shared, row, { used, file }),
    labels: Object.entries(row).flatMap(([name, value]) => (inName.has(name) ? [] : [textOf(value)])),
  }));
  const unused = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) => !used.has(name));
  if (unused.length > 0) {
    throw problem(
      file,
      `matrix.${unused[0] ?? ''}`,
      `nothing refers to it: write \${matrix.${unused[0] ?? ''}} where its values belong`,
    );
  }
  return filled;
}

/** A list of rows as it stands; lists of values by every combination, without `exclude` and with `include`. */
function rowsOf(matrix: unknown, file: string): readonly Row[] {
  if (Array.isArray(matrix)) return checkedRows(matrix, file, 'matrix');
  if (!isRecord(matrix)) throw problem(file, 'matrix', 'needs lists of values by name, or a list of rows');
  const { include = [], exclude = [], ...axes } = matrix;
  const excluded = checkedRows(exclude, file, 'matrix.exclude');
  let rows: Row[] = Object.keys(axes).length === 0 ? [] : [{}];
  for (const [name, values] of Object.entries(axes)) {
    if (!Array.isArray(values) || values.length === 0) throw problem(file, `matrix.${name}`, 'needs a list of values');
    if (rows.length * values.length > PIPELINE_LIMIT * 4) throw tooMany(file);
    rows = rows.flatMap((row) => values.map((value: unknown) => ({ ...row, [name]: value })));
  }
  const kept = rows.filter(
    (row) => !excluded.some((out) => Object.entries(out).every(([key, value]) => same(row[key], value))),
  );
  const all = [...kept, ...checkedRows(include, file, 'matrix.include')];
  if (all.length === 0) throw problem(file, 'matrix', 'leaves no pipeline');
  if (all.length > PIPELINE_LIMIT) throw tooMany(file);
  return all;
}

function checkedRows(list: unknown, file: string, at: string): readonly Row[] {
  if (!Array.isArray(list) || !list.every(isRecord))
    throw problem(file, at, 'needs a list of rows: [{ model: …, type: … }]');
  if (list.length > PIPELINE_LIMIT) throw tooMany(file);
  return list;
}

interface Filling {
  readonly used: Set<string>;
  readonly file: string;
}

function fill(value: unknown, row: Row, filling: Filling): unknown {
  if (typeof value === 'string') return fillText(value, row, filling);
  if (Array.isArray(value)) return value.map((inner: unknown) => fill(inner, row, filling));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fill(inner, row, filling)]));
}

function fillText(text: string, row: Row, { used, file }: Filling): unknown {
  const valueOf = (name: string): unknown => {
    if (!Object.hasOwn(row, name)) {
      throw problem(file, `matrix.${name}`, `'${text.slice(0, 80)}' refers to it, and a row has none`);
    }
    used.add(name);
    return row[name];
  };
  const [only] = [...text.matchAll(REFERENCE)];
  if (only?.[0] === text) return valueOf(only[1] ?? only[2] ?? '');
  return text.replaceAll(REFERENCE, (_whole, first?: string, second?: string) =>
    textOf(valueOf(first ?? second ?? '')),
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function tooMany(file: string): SlipwayError {
  return problem(file, 'matrix', `stands for more than ${PIPELINE_LIMIT} pipelines`);
}

function problem(file: string, at: string, text: string): SlipwayError {
  return new SlipwayError('CONFIG_INVALID', `a problem in '${file}'`, {
    problems: [{ at, text }],
    context: { file, problems: 1 },
  });
}
