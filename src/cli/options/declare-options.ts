import type { Command } from 'commander';
import type { LeafRow, OptionTable, ReadOptions } from '../../core/index.js';
import type { PathOf } from './path-of.js';
import { tableOptions, type TableOption } from './table-option.js';
import { textOrFile } from './text-or-file.js';

type Tables = Readonly<Record<string, OptionTable>>;

/** What a command line said, by the names that the command gave to its tables. */
export type ReadTables<T extends Tables> = { readonly [K in keyof T]: ReadOptions<T[K]> };

interface Declared {
  readonly keys: readonly string[];
  readonly row: LeafRow;
  readonly options: readonly TableOption[];
}

/**
 * Adds the flags of some tables to a command, and returns what reads them back when the command runs: one object a
 * table, with the keys that were given.
 *
 *     const read = declareOptions(command, { own: OWN_OPTIONS, source: pickOptions(DOWNLOAD_OPTIONS, ['revision']) });
 *     …
 *     const { own, source } = await read(session.path);
 */
export function declareOptions<const T extends Tables>(
  command: Command,
  tables: T,
): (path: PathOf) => Promise<ReadTables<T>> {
  const parts = Object.entries(tables).map(([name, table]) => [name, declare(command, table)] as const);
  return async (path) => {
    const values: Readonly<Record<string, unknown>> = command.opts();
    const read = await Promise.all(
      parts.map(async ([name, declared]) => [name, await readTable(declared, values, path)] as const),
    );
    return Object.fromEntries(read) as ReadTables<T>;
  };
}

function declare(command: Command, table: OptionTable, above: readonly string[] = []): Declared[] {
  return Object.entries(table).flatMap(([key, row]): Declared[] => {
    const keys = [...above, key];
    if (row.kind === 'options') return declare(command, row.rows, keys);
    if (row.argument === true) return [];
    const options = tableOptions(keys, row);
    for (const option of options) command.addOption(option);
    return [{ keys, row, options }];
  });
}

async function readTable(
  declared: readonly Declared[],
  values: Readonly<Record<string, unknown>>,
  path: PathOf,
): Promise<object> {
  const result: Record<string, unknown> = {};
  for (const { keys, row, options } of declared) {
    const value = await valueOf(row, valueOfFlags(options, values), path);
    if (value !== undefined) place(result, keys, value);
  }
  return result;
}

/** What the flag and its aliases were given; an alias counts when the flag itself is absent. */
function valueOfFlags(options: readonly TableOption[], values: Readonly<Record<string, unknown>>): unknown {
  const found = options.map((option) => {
    const value = values[option.attributeName()];
    // A flag that begins with `--no-` is true to the parser until it is given.
    if (!option.negate) return value;
    return value === false ? false : undefined;
  });
  return found.find((value) => value !== undefined);
}

async function valueOf(row: LeafRow, value: unknown, path: PathOf): Promise<unknown> {
  if (value === undefined) return undefined;
  if (row.kind === 'flag') return row.off === true || row.both === true ? value : true;
  if (row.kind === 'settings') return settingsOf(row.rows, value as [string, unknown][]);
  if (row.kind === 'pairs') return Object.fromEntries(value as [string, string][]);
  const read = async (one: unknown): Promise<unknown> => {
    if (typeof one !== 'string') return one;
    if (row.kind === 'path' && row.orHub === true && one.startsWith('hf://')) return one;
    if (row.kind === 'path' && row.asGiven !== true) return path(one);
    return row.kind === 'text' && row.orFile === true ? textOrFile(one, path) : one;
  };
  return Array.isArray(value) ? Promise.all(value.map(read)) : read(value);
}

/** Values of a list gather; of anything else the last one counts. */
function settingsOf(rows: OptionTable, pairs: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const [name, value] of pairs) {
    const before = settings[name];
    settings[name] = rows[name]?.list === undefined ? value : [...(Array.isArray(before) ? before : []), value];
  }
  return settings;
}

function place(result: Record<string, unknown>, keys: readonly string[], value: unknown): void {
  const [key = '', ...below] = keys;
  if (below.length === 0) {
    result[key] = value;
    return;
  }
  const inner = (result[key] ?? {}) as Record<string, unknown>;
  result[key] = inner;
  place(inner, below, value);
}
