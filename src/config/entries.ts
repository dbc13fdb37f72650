import { SlipwayError } from '../core/index.js';
import type { ConfigDocument } from './document.js';
import { expandMatrix, PIPELINE_LIMIT } from './matrix.js';

/** One pipeline of a file, as it is written there. */
export interface ConfigEntry {
  readonly value: unknown;
  /** Where its keys stand in the file: `line 7, column 5`. */
  readonly locate: ConfigDocument['locate'];
}

/**
 * The pipelines of a file: its YAML documents, the members of a list, those below `pipelines:` (the keys beside it are
 * shared by all of them), each with its `matrix:`. Throws `CONFIG_INVALID`.
 */
export function entriesOf(documents: readonly ConfigDocument[], file: string): readonly ConfigEntry[] {
  const entries = documents.flatMap((document) => membersOf(document, file)).flatMap((entry) => expanded(entry, file));
  if (entries.length <= PIPELINE_LIMIT) return entries;
  throw new SlipwayError('CONFIG_INVALID', `'${file}' holds too many pipelines`, {
    got: `${entries.length}, at most ${PIPELINE_LIMIT}`,
  });
}

function membersOf({ value, locate }: ConfigDocument, file: string): readonly ConfigEntry[] {
  if (Array.isArray(value)) {
    if (value.length === 0) throw noPipeline(file);
    return value.map((member: unknown, index) => ({ value: member, locate: (path) => locate([index, ...path]) }));
  }
  if (!isRecord(value) || !Array.isArray(value['pipelines'])) return [{ value, locate }];
  const { pipelines, ...shared } = value;
  if ((pipelines as unknown[]).length === 0) throw noPipeline(file);
  return (pipelines as readonly unknown[]).map((member, index) => ({
    value: isRecord(member) ? merged(shared, member) : member,
    locate: (path) => locate(['pipelines', index, ...path]) ?? locate(path),
  }));
}

function expanded(entry: ConfigEntry, file: string): readonly ConfigEntry[] {
  const pipelines = expandMatrix(entry.value, file);
  const names = new Set(pipelines.map(({ value }) => nameOf(value)));
  return pipelines.map(({ value, labels }) => ({
    ...entry,
    // Rows that are called alike are told apart by their values.
    value: labels === undefined || names.size === pipelines.length ? value : labelled(value, labels),
  }));
}

function labelled(value: unknown, labels: readonly string[]): unknown {
  const name = nameOf(value);
  if (!isRecord(value) || typeof name !== 'string') return value;
  const words = labels.map((label) => label.replaceAll(/[^\w.@+-]+/g, '-').replaceAll(/^-+|-+$/g, ''));
  return { ...value, name: [name, ...words].join('-').slice(0, 128) };
}

function nameOf(value: unknown): unknown {
  return isRecord(value) ? value['name'] : undefined;
}

/** Objects are laid over each other key by key; everything else of the second replaces what the first says. */
function merged(shared: Record<string, unknown>, own: Record<string, unknown>): Record<string, unknown> {
  const result = { ...shared };
  for (const [key, value] of Object.entries(own)) {
    const before = result[key];
    result[key] = isRecord(before) && isRecord(value) ? merged(before, value) : value;
  }
  return result;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function noPipeline(file: string): SlipwayError {
  return new SlipwayError('CONFIG_INVALID', `'${file}' holds no pipeline`, { got: 'an empty list' });
}
