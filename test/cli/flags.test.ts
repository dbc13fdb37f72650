import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { STAGE_ROWS } from '../../src/config/stage-table.js';
import { COMMANDS } from '../../src/cli/program/command-list.js';
import { buildProgram } from '../../src/cli/program/program.js';

// A key of a configuration and a flag of the command for the same step are called alike: `kitops.layers` is
// `--kitops-layers`, and a key that takes a list is a flag that is repeated (`formats`, `--format`).

/** Flags whose list keeps its plural, because that is what llama-quantize or Ollama call them. */
const PLURAL = new Set([
  'include-weights',
  'exclude-weights',
  'prune-layers',
  'split-max-tensors',
  'kitops-layers',
  'ollama-parameters',
]);
/** Keys that are arguments of the command, not flags. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  download: ['from'],
  quantize: ['types'],
  push: ['to'],
  save: ['to'],
};

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** Every key of a row; what lies below `ollama.parameters` is one repeated flag. */
function keysOf(row: string): string[] {
  const { schema } = STAGE_ROWS.find(({ key }) => key === row) ?? {};
  if (schema === undefined) throw new Error(`no row ${row}`);
  const leaves = (value: Schema, prefix: string): string[] =>
    Object.entries(value.properties ?? {}).flatMap(([key, inner]) => {
      const path = prefix === '' ? key : `${prefix}.${key}`;
      return inner.properties === undefined || path === 'ollama.parameters' ? [path] : leaves(inner, path);
    });
  return leaves(z.toJSONSchema(schema, { io: 'input' }) as Schema, '').filter(
    (key) => ARGUMENTS[row]?.includes(key) !== true,
  );
}

function flagOf(key: string): string {
  const kebab = key
    .replaceAll('.', '-')
    .replaceAll(/[A-Z]+(?![a-z])|[A-Z]/g, (letters) => `-${letters.toLowerCase()}`)
    .replaceAll(/-{2,}/g, '-')
    .replace(/^no-/, '');
  return PLURAL.has(kebab) ? kebab : kebab.replace(/s$/, '');
}

async function flagsOf(command: string): Promise<ReadonlySet<string>> {
  const program = await buildProgram(COMMANDS, [command], () => async () => {}, { writeOut: () => {} });
  const options = program.commands.find((inner) => inner.name() === command)?.options ?? [];
  // `--no-overwrite` is the flag of `overwrite: false`; `--no-tensor-first-split` is called so by the converter itself.
  const names = options.flatMap(({ long }) => {
    const name = (long ?? '').replace(/^--/, '');
    return [name, name.replace(/^no-/, '')];
  });
  return new Set(names.map((name) => (PLURAL.has(name) ? name : name.replace(/s$/, ''))));
}

describe('flags and keys', () => {
  test.each([
    ['download', 'download'],
    ['convert', 'convert'],
    ['quantize', 'quantize'],
    ['pack', 'package'],
    ['pack', 'push'],
    ['pack', 'repackage'],
    ['push', 'package'],
    ['push', 'push'],
    ['push', 'repackage'],
  ])("every key of '%s' is a flag of pipeline %s", async (row, command) => {
    const flags = await flagsOf(command);
    expect(keysOf(row).filter((key) => !flags.has(flagOf(key)))).toEqual([]);
  });

  test('every command that is named here exists', () => {
    const names = COMMANDS.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['download', 'convert', 'quantize', 'package', 'push', 'repackage']));
  });
});
