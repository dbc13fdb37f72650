import { CommanderError } from 'commander';
import { EXIT_CODES, redactSent, toSlipwayError, type SlipwayError } from '../../core/index.js';
import { createRedactor, secretsOf } from '../../run/index.js';
import { ciKindOf } from '../ci/ci-kind.js';
import { tellFailure } from '../display/ndjson.js';
import { ToldFailure } from './command-module.js';
import { errorJson, errorText } from './error-text.js';
import { toJson } from '../screen/output.js';
import { lookOf, type ColorChoice, type Terminal } from '../screen/terminal.js';
import { failureLines } from './failure-lines.js';
import type { KnownWords } from './known-words.js';
import { usageError } from './usage-error.js';

/**
 * Prints what stopped a command (text on stderr; with `--json` a document on stdout) and returns the exit code.
 * `command` is its name in words, for the hint; `known` is what a mistyped word is compared with.
 */
export function reportFailure(
  thrown: unknown,
  argv: readonly string[],
  terminal: Terminal,
  command: readonly string[] = [],
  known: KnownWords = { commands: [], flags: [] },
): number {
  const error = thrown instanceof CommanderError ? usageError(thrown, argv, command, known) : toSlipwayError(thrown);
  const { env, stderr, stdout } = terminal;
  // The command line itself may be what cannot be parsed: these few words are looked for by hand.
  const debug = argv.includes('--debug');
  const redactSecrets = createRedactor(secretsOf(env));
  const redact = (text: string): string => redactSent(redactSecrets(text));
  if (argv.includes('--json')) stdout.write(`${redact(toJson(errorJson(error)))}\n`);
  if (isNdjson(argv, env)) {
    tellFailure(stderr, error);
    return EXIT_CODES[error.code];
  }
  const face = { look: lookOf(stderr, env, colorChoice(argv)), ci: ciKindOf(argv, env), debug, terminal };
  stderr.write(`${failureLines(error, face)}\n`);
  return EXIT_CODES[error.code];
}

/** The exit code that an error leads to. */
export function exitCodeOf(thrown: unknown): number {
  if (thrown instanceof ToldFailure || thrown instanceof CommanderError) return thrown.exitCode;
  return EXIT_CODES[toSlipwayError(thrown).code];
}

/** What failed, where something did: what a command has told, or the parser, is no error of the work. */
export function asSlipwayError(thrown: unknown): SlipwayError | undefined {
  return thrown instanceof ToldFailure || thrown instanceof CommanderError ? undefined : toSlipwayError(thrown);
}

/** An error as a log keeps it, with its stack. */
export function logText(thrown: unknown, env: Readonly<Record<string, string | undefined>>): string {
  if (thrown instanceof ToldFailure) return thrown.message;
  return redactSent(createRedactor(secretsOf(env))(errorText(toSlipwayError(thrown), { color: false }, true)));
}

/** Nothing but events goes to stderr. */
function isNdjson(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): boolean {
  const at = argv.lastIndexOf('--progress');
  const advice =
    at >= 0 ? argv[at + 1] : argv.find((word) => word.startsWith('--progress='))?.slice('--progress='.length);
  if (advice !== undefined) return advice === 'ndjson';
  return env['PIPELINE_PROGRESS'] === 'ndjson' && !argv.includes('--quiet') && !argv.includes('-q');
}

function colorChoice(argv: readonly string[]): ColorChoice {
  const at = argv.indexOf('--color');
  const value = at >= 0 ? argv[at + 1] : argv.find((word) => word.startsWith('--color='))?.slice('--color='.length);
  return value === 'always' || value === 'never' ? value : 'auto';
}
