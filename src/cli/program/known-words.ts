import type { Command } from 'commander';

/** The words that could stand on a command line: what a mistyped one is compared with. */
export interface KnownWords {
  /** Commands that stand where one was expected. */
  readonly commands: readonly string[];
  /** Long names of options, the global ones and other tools' spellings among them. */
  readonly flags: readonly string[];
}

/** What the command of that path takes; what the program itself takes, where it is none. */
export function knownWords(program: Command, path: readonly string[]): KnownWords {
  let command = program;
  for (const word of path) command = command.commands.find((inner) => inner.name() === word) ?? command;
  const options = [...new Set([command, program])].flatMap((taker) => taker.options);
  return {
    commands: command.commands.map((inner) => inner.name()),
    flags: ['--help', ...options.flatMap(({ long }) => long ?? [])],
  };
}
