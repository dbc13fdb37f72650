import type { Command } from 'commander';
import { ToldFailure, type Start } from './command-module.js';
import { COMMANDS } from './command-list.js';
import type { GlobalOptions } from '../session/session.js';
import type { Terminal } from '../screen/terminal.js';

/** What the operating system says when stdout is a file that takes no more. */
const RESULT_LOST: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

/** Runs one command line and returns the exit code. Never rejects. */
export async function runCommandLine(argv: readonly string[], terminal: Terminal): Promise<number> {
  let gone = false;
  // A reader that has seen enough (`| head -1`) is no error; a closed stderr loses the story, not the result.
  terminal.stdout.on('error', (error) => {
    if (gone) return;
    gone = true;
    if (RESULT_LOST.has(codeOf(error))) void endWithoutResult(error, terminal);
    else terminal.exit(0);
  });
  terminal.stderr.on('error', () => {});
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) return printVersion(terminal);
  let program: Command | undefined;
  try {
    const { buildProgram, commandNames } = await import('./program.js');
    const names = commandNames(argv);
    const writeOut = (text: string): void => {
      terminal.stdout.write(text);
    };
    program = await buildProgram(COMMANDS, names, (root) => starter(root, terminal), { writeOut });
    if (names.length === 0 && !argv.some((word) => word.startsWith('-'))) {
      writeOut(program.helpInformation());
      return 0;
    }
    await program.parseAsync([...argv], { from: 'user' });
    return program.opts<{ version?: boolean }>().version === true && names.length === 0
      ? await printVersion(terminal)
      : 0;
  } catch (error) {
    return gone ? 0 : fail(error, argv, terminal, program);
  }
}

/** A result that cannot be written is lost, whatever was done: only a reader that went away by itself is no error. */
async function endWithoutResult(error: Error, terminal: Terminal): Promise<void> {
  const { reportFailure } = await import('./failure.js');
  const { diskError } = await import('../../core/index.js');
  terminal.exit(reportFailure(diskError(error, 'stdout'), [], terminal));
}

function codeOf(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

function starter(program: Command, terminal: Terminal): Start {
  return async (work) => {
    const { openSession } = await import('../session/session.js');
    const { session, close, log } = await openSession(program.opts<GlobalOptions>(), terminal);
    try {
      await work(session);
    } catch (error) {
      const { asSlipwayError, exitCodeOf, logText } = await import('./failure.js');
      log(logText(error, session.env));
      // What it leaves behind is a courtesy: the failure itself must be heard.
      await close({ exitCode: exitCodeOf(error), error: asSlipwayError(error) }).catch((problem: unknown) =>
        session.note(logText(problem, session.env)),
      );
      throw error;
    }
    await close({ exitCode: 0 });
  };
}

async function printVersion(terminal: Terminal): Promise<number> {
  const { packageFacts } = await import('../../core/index.js');
  terminal.stdout.write(`${(await packageFacts()).version}\n`);
  return 0;
}

async function fail(
  error: unknown,
  argv: readonly string[],
  terminal: Terminal,
  program: Command | undefined,
): Promise<number> {
  const { CommanderError } = await import('commander');
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  if (error instanceof ToldFailure) return error.exitCode;
  const { reportFailure } = await import('./failure.js');
  const { commandPath } = await import('./program.js');
  const command = program === undefined ? [] : commandPath(program, argv);
  const takesConfiguration = ['plan', 'run', 'sync'].includes(command[0] ?? '');
  const { withFittingHints } = takesConfiguration
    ? await import('./fitting-hints.js')
    : { withFittingHints: (thrown: unknown) => thrown };
  const { flagsOf, withFollowableHints } = await import('./followable-hints.js');
  const { knownWords } = await import('./known-words.js');
  const flags = program === undefined ? undefined : flagsOf(program, command);
  const followable = withFollowableHints(withFittingHints(error, command), flags);
  return reportFailure(followable, argv, terminal, command, program && knownWords(program, command));
}
