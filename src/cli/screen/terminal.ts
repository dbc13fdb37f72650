/** A stream that may be a terminal. */
export interface OutputStream {
  write(text: string): boolean;
  on(event: 'error', listener: (error: Error) => void): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** Where secrets typed by a person come from. */
export type InputStream = NodeJS.ReadableStream & { readonly isTTY?: boolean };

/** Everything the program has of the outside world. Tests bring their own. */
export interface Terminal {
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Makes a directory the working directory of everything that follows. Throws when there is none. */
  changeDirectory(path: string): void;
  /** Calls back on SIGINT or SIGTERM until the returned function is called. */
  onSignal(listener: (signal: 'SIGINT' | 'SIGTERM') => void): () => void;
  /** Ends the process at once. */
  exit(code: number): void;
}

/** When colours are used: `--color`. */
export type ColorChoice = 'auto' | 'always' | 'never';

/** Marks and colours that a stream can show. */
export interface Look {
  readonly color: boolean;
  readonly unicode: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Coding agents read output as text: no colours, no live region, nothing cut. */
const AGENT_VARIABLES = ['CLAUDECODE', 'CURSOR_AGENT', 'CODEX_SANDBOX', 'GEMINI_CLI', 'AGENT'];

export function isAgent(env: Environment): boolean {
  return AGENT_VARIABLES.some((name) => isSet(env[name]));
}

export function isCi(env: Environment): boolean {
  return isSet(env['CI']) && env['CI'] !== 'false';
}

/** What a stream can show: flags win over variables, `NO_COLOR` over `FORCE_COLOR`, both over what the stream is. */
export function lookOf(stream: OutputStream, env: Environment, choice: ColorChoice): Look {
  return { color: wantsColor(stream, env, choice), unicode: knowsUnicode(env) };
}

function wantsColor(stream: OutputStream, env: Environment, choice: ColorChoice): boolean {
  if (choice !== 'auto') return choice === 'always';
  if (isSet(env['NO_COLOR'])) return false;
  const wish = env['PIPELINE_COLOR'];
  if (wish === 'always' || wish === 'never') return wish === 'always';
  if (env['FORCE_COLOR'] !== undefined) return env['FORCE_COLOR'] !== '0' && env['FORCE_COLOR'] !== 'false';
  return stream.isTTY === true && env['TERM'] !== 'dumb' && !isAgent(env);
}

function knowsUnicode(env: Environment): boolean {
  if (process.platform === 'win32') return isSet(env['WT_SESSION']) || env['TERM_PROGRAM'] === 'vscode';
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find(isSet);
  return env['TERM'] !== 'linux' && (locale === undefined || /utf-?8/i.test(locale));
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
