import type { Command } from 'commander';
import { SlipwayError } from '../../core/index.js';

/** A line for a shell: its flags are another program's, or another command's. */
const SHELL_LINE = /^(?:or |then )?(?:pipeline|kubectl|hf|git|aws|npm|npx|node|cosign|cp|export|oras|curl)\s|[|&]{2}|`/;

/** Long names of the options that a command takes, the global ones among them; `undefined` where no command is meant. */
export function flagsOf(program: Command, path: readonly string[]): ReadonlySet<string> | undefined {
  let command: Command | undefined = program;
  for (const word of path) command = command?.commands.find((one) => one.name() === word);
  if (command === undefined || command === program || command.options.length === 0) return undefined;
  return new Set([...program.options, ...command.options].flatMap(({ long }) => long ?? []));
}

/** The error without the hints that the command under which it appears cannot follow: flags that it does not have. */
export function withFollowableHints(thrown: unknown, flags: ReadonlySet<string> | undefined): unknown {
  // An error about the words themselves may name flags of other commands.
  if (!SlipwayError.is(thrown) || flags === undefined || thrown.code.startsWith('USAGE')) return thrown;
  const { try: tries, ...details } = thrown.details;
  if (tries === undefined) return thrown;
  const hints = typeof tries === 'string' ? [tries] : tries;
  const kept = hints.filter((hint) => isFollowable(hint, flags));
  if (kept.length === hints.length) return thrown;
  return new SlipwayError(thrown.code, thrown.message, {
    ...details,
    ...(kept.length > 0 && { try: kept }),
    cause: thrown.cause,
  });
}

function isFollowable(hint: string, flags: ReadonlySet<string>): boolean {
  if (SHELL_LINE.test(hint)) return true;
  const named = [...hint.matchAll(/(?:^|[\s'(])(--[a-z][a-z0-9-]*)/g)].map(([, flag = '']) => flag);
  return named.length === 0 || named.some((flag) => flags.has(flag));
}
