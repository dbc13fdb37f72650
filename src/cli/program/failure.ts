import { CommanderError } from 'commander';
import { EXIT_CODES, redactSent, toSlipwayError } from '../../core/index.js';
import { createRedactor, secretsOf } from '../../run/index.js';
import { errorJson, errorText } from './error-text.js';
import { toJson } from '../screen/output.js';
import { lookOf, type ColorChoice, type Terminal } from '../screen/terminal.js';
import { usageError } from './usage-error.js';

/**
 * Prints what stopped a command (text on stderr; with `--json` a document on stdout) and returns the exit code.
 * `command` is its name in words, for the hint.
 */
export function reportFailure(
  thrown: unknown,
  argv: readonly string[],
  terminal: Terminal,
  command: readonly string[] = [],
): number {
  const error = thrown instanceof CommanderError ? usageError(thrown, argv, command) : toSlipwayError(thrown);
  const { env, stderr, stdout } = terminal;
  // The command line itself may be what cannot be parsed: these few words are looked for by hand.
  const debug = argv.includes('--debug');
  const given = createRedactor(secretsOf(env));
  const redact = (text: string): string => redactSent(given(text));
  if (argv.includes('--json')) stdout.write(`${redact(toJson(errorJson(error)))}\n`);
  stderr.write(`${redact(errorText(error, lookOf(stderr, env, colorChoice(argv)), debug))}\n`);
  return EXIT_CODES[error.code];
}

function colorChoice(argv: readonly string[]): ColorChoice {
  const at = argv.indexOf('--color');
  const value = at >= 0 ? argv[at + 1] : argv.find((word) => word.startsWith('--color='))?.slice('--color='.length);
  return value === 'always' || value === 'never' ? value : 'auto';
}
