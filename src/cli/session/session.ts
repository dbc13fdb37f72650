import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { packageFacts, SlipwayError, startLongTimer, type NetworkOptions, type ReadOptions } from '../../core/index.js';
import { formatDuration, type StallOptions } from '../../run/index.js';
import { ciKind } from '../ci/ci-kind.js';
import { reportRuns, type CommandEnd } from '../ci/report-runs.js';
import type { Display, ProgressChoice } from '../display/display.js';
import { LoggedDisplay } from '../display/log-display.js';
import { openDisplay, say } from '../display/open-display.js';
import type { GLOBAL_OPTIONS } from '../options/global-options.js';
import { isOn, networkOptions } from '../options/network-options.js';
import { failureLines } from '../program/failure-lines.js';
import { createOutput, type Output } from '../screen/output.js';
import { createPaint } from '../screen/style.js';
import { lookOf, type Look, type Terminal } from '../screen/terminal.js';
import type { FinishedRun } from './finished-run.js';

/** Options that every command takes. */
export type GlobalOptions = ReadOptions<typeof GLOBAL_OPTIONS>;

/** What a command works with. */
export interface Session {
  readonly output: Output;
  readonly display: Display;
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where relative paths start: `-C`, or the working directory. */
  readonly directory: string;
  /** Where the store and the records live. */
  readonly home: string;
  readonly signal: AbortSignal;
  readonly network: NetworkOptions;
  readonly debug: boolean;
  readonly version: string;
  /** How stderr looks. */
  readonly look: Look;
  /** A warning is an error. */
  readonly strict: boolean;
  /** Questions are not asked: one that a yes answers is answered. */
  readonly yes: boolean;
  /** When a run counts as stuck. */
  readonly stall: StallOptions | undefined;
  /** Runs of this command that are over. */
  readonly finished: FinishedRun[];
  /** Leaves behind what was asked for of the runs so far, and forgets them: for a command that does not end. */
  flush(exitCode: number): Promise<void>;
  /** Ends the command's work, as a signal does. */
  interrupt(reason: SlipwayError): void;
  /** Tells a failure that does not end the command, as one that does is told. */
  fail(error: SlipwayError): void;
  /** Absolute form of a path that the user gave. */
  path(typed: string): string;
  /** One line on stderr for people. Nothing with `--quiet`, `--progress none` or `ndjson`. */
  note(text: string): void;
}

const CHOICES: readonly ProgressChoice[] = ['auto', 'tty', 'plain', 'ndjson', 'none'];

export interface OpenSession {
  readonly session: Session;
  /** Leaves behind what was asked for of the runs (metrics, outputs), and gives the terminal back. */
  close(end: CommandEnd): Promise<void>;
  /** Adds a failure to the log file, if there is one. */
  log(text: string): void;
}

/** Opens a session: output in the form asked for, a display, and signals that stop the work. */
export async function openSession(options: GlobalOptions, terminal: Terminal): Promise<OpenSession> {
  const { stderr } = terminal;
  const env = { ...terminal.env, ...limitVariables(options) };
  const color = options.color ?? 'auto';
  const look = lookOf(stderr, env, color);
  const quiet = options.quiet === true;
  const progress = options.progress ?? (quiet ? 'none' : progressFromEnv(env));
  const directory = workingDirectory(options.directory, terminal);
  const path = (typed: string): string => resolve(directory, typed);
  const ci = ciKind(options, env);
  const shown = openDisplay(progress, stderr, look, { env, ci, intervalMs: options.progressInterval });
  const logged = options.logFile === undefined ? undefined : new LoggedDisplay(shown, path(options.logFile));
  const display = logged ?? shown;
  const interrupt = new AbortController();
  const release = listenForSignals(terminal, interrupt, display);
  const stopClock = limitTime(options.timeout, interrupt);
  const version = (await packageFacts()).version;
  const finished: FinishedRun[] = [];
  const debug = options.debug === true || isOn(env['PIPELINE_DEBUG']);
  const paint = createPaint(lookOf(terminal.stdout, env, color));
  const silent = quiet || progress === 'none' || progress === 'ndjson';
  const places = { ci, env, version, ...writtenPlaces(options, path) };
  const session: Session = {
    output: createOutput(terminal.stdout, { json: options.json === true, quiet, paint }),
    display,
    terminal,
    env,
    directory,
    home: resolve(directory, env['PIPELINE_HOME'] ?? '.pipeline'),
    signal: interrupt.signal,
    network: await networkOptions(options, env, directory),
    debug,
    version,
    look,
    strict: options.strict === true,
    yes: options.yes === true,
    stall: stallOptions(options),
    finished,
    fail: (error) => {
      const lines = failureLines(error, { look, ci, debug, terminal });
      if (progress !== 'ndjson') stderr.write(`${lines}\n`);
      logged?.log(lines);
    },
    flush: async (exitCode) => {
      await reportRuns(finished, { exitCode }, places);
      finished.length = 0;
    },
    interrupt: (reason) => interrupt.abort(reason),
    path,
    note: (text) => {
      if (!silent) say(stderr, text);
      logged?.log(text);
    },
  };
  return {
    session,
    close: async (end) => {
      stopClock();
      release();
      display.close();
      logged?.end();
      await reportRuns(finished, end, places);
    },
    log: (text) => logged?.log(text),
  };
}

/** Files that are written when the command ends. Throws `USAGE`. */
function writtenPlaces(
  { metrics, dotenv }: GlobalOptions,
  path: (typed: string) => string,
): { readonly metrics: string | undefined; readonly dotenv: string | undefined } {
  const place = (flag: string, typed: string | undefined): string | undefined =>
    typed === undefined ? undefined : writtenPlace(flag, path(typed));
  return { metrics: place('--metrics', metrics), dotenv: place('--dotenv', dotenv) };
}

/** Where a file is written at the end: what would be lost then is said before anything begins. Throws `USAGE`. */
function writtenPlace(flag: string, path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return path;
  throw new SlipwayError('USAGE', `${flag} names a directory`, { where: path, try: `${flag} ${join(path, 'FILE')}` });
}

/** `--timeout`: the work is stopped as Ctrl-C stops it. */
function limitTime(limit: number | undefined, interrupt: AbortController): () => void {
  if (limit === undefined) return () => {};
  return startLongTimer(limit, () => {
    interrupt.abort(new SlipwayError('TIME_LIMIT', `stopped after ${formatDuration(limit)}, as --timeout says`));
  });
}

function stallOptions({ stall, stallEnd }: GlobalOptions): StallOptions | undefined {
  if (stall !== undefined) return { after: stall, ...(stallEnd === true && { end: true }) };
  if (stallEnd !== true) return undefined;
  throw new SlipwayError('USAGE', '--stall-end needs --stall', { try: '--stall 10m --stall-end' });
}

/** Limits given as flags, as the variables that win over a configuration. */
function limitVariables({ memory, concurrency, threads }: GlobalOptions): Record<string, string> {
  return {
    ...(memory !== undefined && { PIPELINE_MEMORY: memory }),
    ...(concurrency !== undefined && { PIPELINE_CONCURRENCY: concurrency }),
    ...(threads !== undefined && { PIPELINE_THREADS: threads }),
  };
}

function workingDirectory(typed: string | undefined, terminal: Terminal): string {
  const directory = resolve(terminal.cwd, typed ?? '.');
  if (typed === undefined) return directory;
  try {
    terminal.changeDirectory(directory);
  } catch (cause) {
    throw new SlipwayError('NOT_FOUND', `there is no directory '${typed}'`, { where: directory, cause });
  }
  return directory;
}

function progressFromEnv(env: Readonly<Record<string, string | undefined>>): ProgressChoice {
  const wish = env['PIPELINE_PROGRESS'];
  if (wish === undefined || wish === '') return 'auto';
  const choice = CHOICES.find((known) => known === wish);
  if (choice !== undefined) return choice;
  throw new SlipwayError('USAGE', 'the environment variable PIPELINE_PROGRESS cannot be understood', {
    got: `'${wish}', allowed: ${CHOICES.join(', ')}`,
  });
}

/** Once: stop, keep what can be resumed. Twice: now. */
function listenForSignals(terminal: Terminal, interrupt: AbortController, display: Display): () => void {
  return terminal.onSignal((signal) => {
    const terminated = signal === 'SIGTERM';
    if (interrupt.signal.aborted) {
      display.close();
      display.abandon?.(terminated ? 143 : 130);
      terminal.exit(terminated ? 143 : 130);
      return;
    }
    display.note(terminated ? 'terminating' : 'stopping; Ctrl-C again stops at once');
    interrupt.abort(new SlipwayError(terminated ? 'TERMINATED' : 'ABORTED', terminated ? 'terminated' : 'interrupted'));
  });
}
