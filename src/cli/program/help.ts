import type { Argument, Command, Help, Option } from 'commander';

const EXAMPLES = new WeakMap<Command, readonly string[]>();

/** Commands that can be pasted; help shows them first. */
export function addExamples(command: Command, ...examples: readonly string[]): void {
  EXAMPLES.set(command, examples);
}

/** Help in the order in which people look for things: the call, one sentence, examples, then flags. */
export function formatHelp(command: Command, helper: Help): string {
  const examples = EXAMPLES.get(command) ?? [];
  const options = helper.visibleOptions(command);
  const isRoot = command.parent === null;
  return [
    `${helper.commandUsage(command)}\n`,
    section(undefined, [helper.commandDescription(command)]),
    section(
      'Examples',
      examples.map((example) => `  ${example}`),
    ),
    section('Arguments', pairs(helper.visibleArguments(command).map(argumentPair))),
    ...commandSections(command, helper),
    ...optionSections(options, helper),
    section(undefined, [
      isRoot
        ? 'pipeline <command> --help shows a command with examples. Exit codes: 0 done, 2 usage, 3 configuration, 4 not found,\n5 access, 6 network, 7 integrity, 8 verification, 9 unsupported, 10 room (here or in the registry), 11 refused,\n124 out of time, 130 interrupted, 143 terminated (docs/errors.md).'
        : 'Flags for output and network (--json, --progress, -C, --offline, …) are the same everywhere: pipeline --help',
    ]),
  ]
    .filter((text) => text !== '')
    .join('\n');
}

function section(title: string | undefined, lines: readonly string[]): string {
  if (lines.every((line) => line === '')) return '';
  return `${title === undefined ? '' : `${title}\n`}${lines.join('\n')}\n`;
}

function commandSections(command: Command, helper: Help): string[] {
  const isRoot = command.parent === null;
  const groups = new Map<string, [string, string][]>();
  for (const inner of helper.visibleCommands(command)) {
    const group = inner.helpGroup();
    const rows = groups.get(group) ?? [];
    rows.push([isRoot ? inner.name() : helper.subcommandTerm(inner), helper.subcommandDescription(inner)]);
    groups.set(group, rows);
  }
  return [...groups].map(([title, rows]) => section(title === '' ? 'Commands' : title, pairs(rows)));
}

function optionSections(options: readonly Option[], helper: Help): string[] {
  const groups = new Map<string, [string, string][]>();
  for (const option of options) {
    const group = option.helpGroupHeading ?? 'Options';
    const rows = groups.get(group) ?? [];
    rows.push([helper.optionTerm(option), helper.optionDescription(option)]);
    groups.set(group, rows);
  }
  return [...groups].map(([title, rows]) => section(title, pairs(rows)));
}

function argumentPair(argument: Argument): [string, string] {
  return [argument.name(), argument.description];
}

function pairs(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.min(30, Math.max(0, ...rows.map(([term]) => term.length)));
  return rows.map(([term, text]) =>
    term.length > width ? `  ${term}\n  ${' '.repeat(width)}  ${text}` : `  ${term.padEnd(width)}  ${text}`,
  );
}
