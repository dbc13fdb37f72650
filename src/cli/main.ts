#!/usr/bin/env node
import * as nodeModule from 'node:module';
import { setFlagsFromString } from 'node:v8';
import type { Terminal } from './screen/terminal.js';

const argv = process.argv.slice(2);

// Node's own warnings would tear the live region apart, and a user cannot act on them; --debug shows them, where something
// else than events may stand.
if (!argv.includes('--debug') || argv.some((word) => word.includes('ndjson'))) process.removeAllListeners('warning');

// Gigabytes pass through in buffers that live for a moment. Each few of them would have V8 mark the whole heap in the
// background, which costs more than a third of all processor time; a collection when there is need is cheaper.
setFlagsFromString('--no-incremental-marking');

// Young objects get no more room than at the start: what passes through lives for a moment, and room once used stays taken.
// V8 takes it back whenever a thread's heap is made.
const keepYoungSmall = (): void => setFlagsFromString('--semi-space-growth-factor=1');
keepYoungSmall();
process.on('worker', (worker) => worker.once('online', keepYoungSmall));

// Node 22 keeps what it compiled of our modules for the next start; they are loaded when it knows that.
(nodeModule as { readonly enableCompileCache?: () => unknown }).enableCompileCache?.();
const { runCommandLine } = await import('./program/command-line.js');
const { watchStandstill } = await import('../core/index.js');

const terminators = new Set<(signal: 'SIGTERM') => void>();

// Ctrl-C is heard in the middle of a long text, by the engine. SIGTERM is heard by the event loop alone, which then stands still:
// meanwhile it does what it does to every program that does not listen. What is unfinished is found by the next run, as after a kill.
watchStandstill({
  begin: () => terminators.forEach((listener) => process.off('SIGTERM', listener)),
  end: () => terminators.forEach((listener) => process.on('SIGTERM', listener)),
});

const terminal: Terminal = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  changeDirectory: (path) => process.chdir(path),
  onSignal: (listener) => {
    process.on('SIGINT', listener);
    process.on('SIGTERM', listener);
    terminators.add(listener);
    // Ctrl-Break, and a scheduler's end of a task on Windows.
    if (process.platform === 'win32') process.on('SIGBREAK', () => listener('SIGTERM'));
    return () => {
      process.off('SIGINT', listener);
      process.off('SIGTERM', listener);
      terminators.delete(listener);
    };
  },
  exit: (exitCode) => process.exit(exitCode),
};

// An error that nothing has caught is told as every other one: a stream of events ends with its last line.
process.on('uncaughtException', (thrown) => {
  void endWith(thrown);
});

async function endWith(thrown: unknown): Promise<never> {
  const { reportFailure } = await import('./program/failure.js');
  return process.exit(reportFailure(thrown, argv, terminal));
}

process.exitCode = await runCommandLine(argv, terminal);
