import { resolve } from 'node:path';
import { packageFacts, SlipwayError, type NetworkOptions, type ReadOptions } from '../../core/index.js';
import type { Display, ProgressChoice } from '../display/display.js';
import { openDisplay, say } from '../display/open-display.js';
import type { GLOBAL_OPTIONS } from '../options/global-options.js';
import { isOn, networkOptions } from '../options/network-options.js';
import { createOutput, type Output } from '../screen/output.js';
import { createPaint } from '../screen/style.js';
import { lookOf, type Look, type Terminal } from '../screen/terminal.js';

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
  /** Absolute form of a path that the user gave. */
  path(given: string): string;
  /** One line on stderr for people. Nothing with `--quiet`, `--progress none` or `ndjson`. */
  note(text: string): void;
}

const CHOICES: readonly ProgressChoice[] = ['auto', 'tty', 'plain', 'ndjson', 'none'];

export interface OpenSession {
  readonly session: Session;
  close(): void;
}

/** Opens a session: output in the form asked for, a display, and signals that stop the work. */
export async function openSession(options: GlobalOptions, terminal: Terminal): Promise<OpenSession> {
  const { stderr } = terminal;
  const env = { ...terminal.env, ...limitVariables(options) };
  const color = options.color ?? 'auto';
  const look = lookOf(stderr, env, color);
  const quiet = options.quiet === true;
  const progress = options.progress ?? (quiet ? 'none' : progressFromEnv(env));
  const display = openDisplay(progress, stderr, look, env);
  const directory = workingDirectory(options.directory, terminal);
  const interrupt = new AbortController();
  const release = listenForSignals(terminal, interrupt, display);
  const paint = createPaint(lookOf(terminal.stdout, env, color));
  const silent = quiet || progress === 'none' || progress === 'ndjson';
  const session: Session = {
    output: createOutput(terminal.stdout, { json: options.json === true, quiet, paint }),
    display,
    terminal,
    env,
    directory,
    home: resolve(directory, env['PIPELINE_HOME'] ?? '.pipeline'),
    signal: interrupt.signal,
    network: await networkOptions(options, env, directory),
    debug: options.debug === true || isOn(env['PIPELINE_DEBUG']),
    version: (await packageFacts()).version,
    look,
    path: (given) => resolve(directory, given),
    note: (text) => {
      if (!silent) say(stderr, text);
    },
  };
  return {
    session,
    close: () => {
      release();
      display.close();
    },
  };
}

/** Limits given as flags, as the variables that win over a configuration. */
function limitVariables({ memory, concurrency, threads }: GlobalOptions): Record<string, string> {
  return {
    ...(memory !== undefined && { PIPELINE_MEMORY: memory }),
    ...(concurrency !== undefined && { PIPELINE_CONCURRENCY: concurrency }),
    ...(threads !== undefined && { PIPELINE_THREADS: threads }),
  };
}

function workingDirectory(given: string | undefined, terminal: Terminal): string {
  const directory = resolve(terminal.cwd, given ?? '.');
  if (given === undefined) return directory;
  try {
    terminal.changeDirectory(directory);
  } catch (cause) {
    throw new SlipwayError('NOT_FOUND', `there is no directory '${given}'`, { where: directory, cause });
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
      terminal.exit(terminated ? 143 : 130);
      return;
    }
    display.note(terminated ? 'terminating' : 'stopping; Ctrl-C again stops at once');
    interrupt.abort(new SlipwayError(terminated ? 'TERMINATED' : 'ABORTED', terminated ? 'terminated' : 'interrupted'));
  });
}
