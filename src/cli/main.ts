#!/usr/bin/env node
import * as nodeModule from 'node:module';
import { setFlagsFromString } from 'node:v8';

// Node's own warnings would tear the live region apart, and a user cannot act on them; --debug shows them.
if (!process.argv.includes('--debug')) process.removeAllListeners('warning');

// Gigabytes pass through in buffers that live for a moment. Each few of them would have V8 mark the whole heap in the
// background, which costs more than a third of all processor time; a collection when there is need is cheaper.
setFlagsFromString('--no-incremental-marking');

// Node 22 keeps what it compiled of our modules for the next start; they are loaded when it knows that.
(nodeModule as { readonly enableCompileCache?: () => unknown }).enableCompileCache?.();
const { runCommandLine } = await import('./program/command-line.js');

const code = await runCommandLine(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  changeDirectory: (path) => process.chdir(path),
  onSignal: (listener) => {
    process.on('SIGINT', listener);
    process.on('SIGTERM', listener);
    return () => {
      process.off('SIGINT', listener);
      process.off('SIGTERM', listener);
    };
  },
  exit: (exitCode) => process.exit(exitCode),
});
process.exitCode = code;
