import { fork } from 'node:child_process';
import { addonPaths, assetPath, SlipwayError } from '../core/index.js';
import { TENSOR_TYPES } from '../gguf/index.js';
import type { GgmlSetup } from '../../workers/messages.js';
import type { ProbeAnswer } from '../../workers/ggml-probe.js';
import { findLlamaCpp, type LlamaEnvironment } from './llama-library.js';

/** A llama.cpp that was tried and can be used. */
export interface UsableGgml {
  readonly library: string;
  readonly version: string;
  /** Empty when the library does not tell. */
  readonly commit: string;
  /** What a worker needs to open it. */
  readonly setup: GgmlSetup;
}

/** Opening a library and building its tables takes well under a second; a machine may be busy. */
const PATIENCE_MS = 60_000;
/** What is kept of the words of a probe that died. */
const STDERR_LIMIT = 2000;

const usable = new Map<string, Promise<UsableGgml>>();

/**
 * Finds the binding and the library and tries both in a process of its own, once for each library: opens it, compares
 * version and types, and lets it quantize known blocks. Throws `KERNEL_UNAVAILABLE` with the reason.
 */
export async function prepareGgml(env: LlamaEnvironment): Promise<UsableGgml> {
  const setup: GgmlSetup = {
    library: findLlamaCpp(env, 'ggml-base').path,
    addon: findAddon(),
    anyVersion: env['SLIPWAY_LLAMA_CPP_ANY_VERSION'] === '1',
    types: TENSOR_TYPES,
  };
  const key = JSON.stringify([setup.library, setup.anyVersion]);
  const known = usable.get(key);
  if (known !== undefined) return known;
  const trial = tryOut(setup);
  usable.set(key, trial);
  // What failed may have been repaired by the next call.
  trial.catch(() => usable.delete(key));
  return trial;
}

/** The compiled binding: built here, or as the package brings it. Throws `KERNEL_UNAVAILABLE` when there is none. */
export function findAddon(): string {
  const [found] = addonPaths('slipway.node');
  if (found !== undefined) return found;
  throw new SlipwayError('KERNEL_UNAVAILABLE', 'the binding to llama.cpp is not built', {
    where: 'native/build/slipway.node',
    got: `none comes with this package for ${process.platform}-${process.arch}`,
    try: ['npm run build:native (in the folder of slipway; needs a C++ compiler)'],
  });
}

async function tryOut(setup: GgmlSetup): Promise<UsableGgml> {
  const answer = await askProbe(setup);
  if (answer.usable) {
    const { version, commit } = answer;
    return { library: setup.library, version, commit, setup };
  }
  throw new SlipwayError('KERNEL_UNAVAILABLE', 'the llama.cpp library cannot be used', {
    where: setup.library,
    got: answer.reason,
    try: ['SLIPWAY_LLAMA_CPP with the library of llama.cpp 0.5.0 (ggml 0.25.3 or 0.25.1)', "engine: 'auto'"],
  });
}

/** Runs workers/ggml-probe.ts; whatever it dies of becomes its answer. */
function askProbe(setup: GgmlSetup): Promise<ProbeAnswer> {
  const script = assetPath('ggml-probe.js');
  const child = fork(script, [], { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'], timeout: PATIENCE_MS });
  return new Promise((answered) => {
    let words = '';
    let answer: ProbeAnswer | undefined;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-STDERR_LIMIT);
    });
    child.on('message', (message) => {
      answer = message as ProbeAnswer;
    });
    child.on('error', (error) => answered({ usable: false, reason: `it could not be tried: ${error.message}` }));
    child.on('close', (code, signal) => answered(answer ?? { usable: false, reason: obituary(code, signal, words) }));
    // A probe that is dead already shows in `close`.
    child.send(setup, () => {});
  });
}

function obituary(code: number | null, signal: NodeJS.Signals | null, words: string): string {
  const end = signal === null ? `exit code ${code}` : signal;
  const lastWords = words.trim() === '' ? '' : `: ${words.trim()}`;
  return `the process that tried it ended with ${end}${lastWords}`;
}
