import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError } from '../../src/core/index.js';
import { pushWorkload } from './push-workload.js';
import type { Random } from './random.js';

/** How an attempt is disturbed. `abort` is Ctrl-C within this process, the others happen to a process of its own. */
export const INTERRUPTIONS = ['abort', 'two writers', 'kill', 'stop', 'clock'] as const;
export type Interruption = (typeof INTERRUPTIONS)[number];

export interface Attempt {
  readonly address: string;
  readonly seed: number;
  readonly store: string | undefined;
  /** How the process is started: node's arguments. */
  readonly program: readonly string[];
  readonly random: Random;
}

/** What became of an attempt: done, ended before, or something that must not be (`problem`). */
export interface AttemptEnd {
  readonly isDone: boolean;
  /** Why it ended before, where that is no problem. */
  readonly why?: string;
  readonly problem?: string;
}

const LONGEST_MS = 250;

export async function attempt(how: Interruption | undefined, it: Attempt): Promise<AttemptEnd> {
  if (how === undefined) return inProcess(it, undefined);
  if (how === 'abort') return inProcess(it, it.random.below(LONGEST_MS));
  if (how === 'two writers') return together([inProcess(it, undefined), inProcess(it, it.random.below(LONGEST_MS))]);
  const child = started(it, how === 'clock' ? it.random.pick([-1, 1]) * 86_400_000 : 0);
  const end = ended(child);
  await Promise.race([end, new Promise((ready) => child.stdout?.once('data', ready))]);
  if (how === 'kill') {
    const timer = setTimeout(() => child.kill('SIGKILL'), it.random.below(LONGEST_MS));
    return end.finally(() => clearTimeout(timer));
  }
  if (how === 'clock') return end;
  // The other writer works while this one stands still, in the middle of something or with a lock in its hands.
  await sleep(it.random.below(120));
  child.kill('SIGSTOP');
  const other = await inProcess(it, it.random.next() < 0.5 ? it.random.below(LONGEST_MS) : undefined);
  child.kill('SIGCONT');
  return together([end, Promise.resolve(other)]);
}

async function together(ends: readonly Promise<AttemptEnd>[]): Promise<AttemptEnd> {
  const all = await Promise.all(ends);
  const problem = all.find((one) => one.problem !== undefined)?.problem;
  return { isDone: all.some(({ isDone }) => isDone), ...(problem !== undefined && { problem }) };
}

async function inProcess({ address, seed, store }: Attempt, abortAfterMs: number | undefined): Promise<AttemptEnd> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), abortAfterMs ?? 2 ** 30);
  try {
    await pushWorkload(address, seed, { store, signal: controller.signal });
    return { isDone: true };
  } catch (error) {
    if (SlipwayError.is(error) && error.code !== 'INTERNAL')
      return { isDone: false, why: `${error.code} ${error.message} ${error.details.got ?? ''}` };
    return { isDone: false, problem: `the push ended with ${String(error)}` };
  } finally {
    clearTimeout(timer);
  }
}

function started({ address, seed, store, program }: Attempt, jumpMs: number): ChildProcess {
  const all = [...program, address, String(seed), store ?? '', String(jumpMs)];
  return spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function ended(child: ChildProcess): Promise<AttemptEnd> {
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise<number | null>((done) => child.once('close', done));
  if (said.includes('INTERNAL')) return { isDone: false, problem: said };
  // Bytes that were spoilt on the way may end a push; it must never be believed to have worked.
  if (code !== 0 && code !== 6 && code !== null)
    return { isDone: false, problem: `the process ended with ${code}: ${said}` };
  return { isDone: code === 0, why: said };
}
