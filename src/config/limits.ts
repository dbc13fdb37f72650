import { availableParallelism } from 'node:os';
import { parseSize, SlipwayError, type Limits } from '../core/index.js';
import type { LimitOptions } from './config.js';

const MIB = 1024 * 1024;
/** What any model is converted in, and what a thread more takes beyond eight. */
const DEFAULT_MEMORY = 512 * MIB;
const DEFAULT_THREADS = 8;
const THREAD_MEMORY = 24 * MIB;
const DEFAULT_CONCURRENCY = 4;

/** The limits of a run: `PIPELINE_*` variables win over the configuration, which wins over the defaults. */
export function resolveLimits(
  options: LimitOptions | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Limits {
  const threads = fromEnv(env, 'PIPELINE_THREADS', parseCount) ?? options?.threads ?? availableParallelism();
  return {
    memory: fromEnv(env, 'PIPELINE_MEMORY', parseSize) ?? memoryOf(options?.memory, threads),
    concurrency: fromEnv(env, 'PIPELINE_CONCURRENCY', parseCount) ?? options?.concurrency ?? DEFAULT_CONCURRENCY,
    threads,
  };
}

/** What cannot be understood is a limit of nothing: it is refused where all limits are checked. */
function memoryOf(memory: LimitOptions['memory'], threads: number): number {
  if (memory !== undefined) return parseSize(memory) ?? 0;
  return DEFAULT_MEMORY + Math.max(0, threads - DEFAULT_THREADS) * THREAD_MEMORY;
}

function parseCount(text: string): number | undefined {
  return /^[1-9]\d{0,3}$/.test(text) && Number(text) <= 1024 ? Number(text) : undefined;
}

function fromEnv(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  parse: (text: string) => number | undefined,
): number | undefined {
  const text = env[name];
  if (text === undefined || text === '') return undefined;
  const value = parse(text);
  if (value !== undefined) return value;
  const flag = name.replace('PIPELINE_', '--').toLowerCase();
  const example = name === 'PIPELINE_MEMORY' ? '2GiB' : '4';
  throw new SlipwayError('USAGE', `${flag}, or the environment variable ${name}, cannot be understood`, {
    got: `'${text}'`,
    try: [`${flag} ${example}`, `${name}=${example}`],
  });
}
