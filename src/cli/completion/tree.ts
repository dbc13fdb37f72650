import type { Argument, Command, Option } from 'commander';
import type { LeafRow } from '../../core/index.js';
import { FILE_TYPE_NAMES } from '../../quantize/index.js';
import { TableOption } from '../options/table-option.js';

/** A flag, and what may stand behind it when that is known. */
export interface CompletionFlag {
  readonly name: string;
  /** It takes a value: one of `values`, or a file. */
  readonly valued: boolean;
  readonly values: readonly string[];
}

/** What can be completed behind a command. */
export interface CompletionNode {
  /** `convert`, `harbor project create`; empty for the program itself. */
  readonly path: string;
  readonly summary: string;
  readonly flags: readonly CompletionFlag[];
  /** Names of the commands below it. */
  readonly commands: readonly string[];
  /** Words that its arguments may be; files when there are none. */
  readonly words: readonly string[];
  /** What else its arguments may name: hosts of registries, or artifacts in them and in layouts. */
  readonly places: 'hosts' | 'artifacts' | 'none';
}

/** Every command with its flags, from the command tree itself; the program first. */
export function completionTree(program: Command): readonly CompletionNode[] {
  const globals = [...program.options.flatMap(flagOf), { name: '--help', valued: false, values: [] }];
  const nodes = (command: Command, path: string): CompletionNode[] => {
    const inner = command.commands.filter((one) => one.name() !== 'help');
    const node: CompletionNode = {
      path,
      summary: command.summary(),
      flags: path === '' ? globals : [...command.options.flatMap(flagOf), ...globals],
      commands: inner.map((one) => one.name()),
      words: command.registeredArguments.flatMap(wordsOf),
      places: placesOf(command.registeredArguments.map((argument) => argument.name())),
    };
    return [node, ...inner.flatMap((one) => nodes(one, `${path} ${one.name()}`.trim()))];
  };
  return nodes(program, '');
}

function flagOf(option: Option): CompletionFlag[] {
  const { long, argChoices, required, optional, hidden } = option;
  if (long === undefined || long === null || hidden) return [];
  const known = option instanceof TableOption ? knownWords(option.row) : undefined;
  return [{ name: long, valued: required || optional, values: argChoices ?? known ?? [] }];
}

function knownWords(row: LeafRow): readonly string[] | undefined {
  if (row.kind === 'choice') return row.choice;
  return row.kind === 'text' ? row.known : undefined;
}

function wordsOf(argument: Argument): readonly string[] {
  return argument.argChoices ?? (argument.name() === 'type' ? FILE_TYPE_NAMES : []);
}

const ARTIFACTS = new Set(['ref', 'repository', 'source', 'destination', 'what', 'layout', 'input']);

function placesOf(names: readonly string[]): CompletionNode['places'] {
  if (names.some((name) => ARTIFACTS.has(name))) return 'artifacts';
  return names.includes('host') ? 'hosts' : 'none';
}
