import { PassThrough } from 'node:stream';
import { runCommandLine } from '../../src/cli/program/command-line.js';
import type { OutputStream, Terminal } from '../../src/cli/screen/terminal.js';

/** A stream that remembers what was written. */
export class FakeStream implements OutputStream {
  text = '';
  isTTY = false;
  columns = 80;
  rows = 24;
  readonly listeners: ((error: Error) => void)[] = [];
  /** Called with every text that is written. */
  onWrite: ((text: string) => void) | undefined;

  write(text: string): boolean {
    this.text += text;
    this.onWrite?.(text);
    return true;
  }

  on(_event: 'error', listener: (error: Error) => void): void {
    this.listeners.push(listener);
  }
}

/** A terminal whose every side is visible to the test. */
export class FakeTerminal implements Terminal {
  readonly stdin: PassThrough & { isTTY: boolean } = Object.assign(new PassThrough(), { isTTY: false });
  readonly stdout: FakeStream = new FakeStream();
  readonly stderr: FakeStream = new FakeStream();
  readonly exits: number[] = [];
  readonly env: Record<string, string | undefined>;
  readonly cwd: string;
  signal: ((signal: 'SIGINT' | 'SIGTERM') => void) | undefined;

  constructor(cwd: string, env: Record<string, string | undefined> = {}) {
    this.cwd = cwd;
    // An empty home: no credentials of the machine that runs the tests.
    this.env = { HOME: cwd, PATH: process.env['PATH'], CI: 'true', ...env };
  }

  changeDirectory(path: string): void {
    process.chdir(path);
  }

  onSignal(listener: (signal: 'SIGINT' | 'SIGTERM') => void): () => void {
    this.signal = listener;
    return () => {
      this.signal = undefined;
    };
  }

  exit(code: number): void {
    this.exits.push(code);
  }
}

/** What a command line did. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process; `input` is what stands on its standard input. */
export async function pipelineCommand(
  argv: readonly string[],
  cwd: string,
  env: Record<string, string | undefined> = {},
  input?: string,
): Promise<Outcome> {
  const terminal = new FakeTerminal(cwd, env);
  if (input !== undefined) terminal.stdin.end(input);
  const code = await runCommandLine(argv, terminal);
  return { code, stdout: terminal.stdout.text, stderr: terminal.stderr.text };
}
