import { setImmediate as nextTurn } from 'node:timers/promises';
import { createContext, Script } from 'node:vm';
import { SlipwayError, throwIfAborted, type ErrorCode } from './error.js';

/** What is said when work on a stranger's text takes too long, or nests too deeply. */
export interface TimeLimit {
  readonly ms: number;
  readonly code: ErrorCode;
  /** `'README.md'`, `the pattern`. */
  readonly what: string;
  readonly where?: string;
}

/** Told when the event loop is about to stand still, and when it turns again: signals that Node hands to it are not heard meanwhile. */
export interface StandstillWatch {
  begin(): void;
  end(): void;
}

let watch: StandstillWatch | undefined;
/** Limits within limits: the watch is told of the outermost alone. */
let nested = 0;

/** The process's own watch: one, since a process has one event loop. */
export function watchStandstill(own: StandstillWatch | undefined): void {
  watch = own;
}

/** So long a signal may wait to be heard. */
const MOST_UNHEARD_MS = 5000;

const CALL = new Script('work()', { filename: 'limited-work.js' });

/**
 * Runs synchronous work that a stranger's text could make endless: regular expressions that go back and forth, parsers.
 * After `ms` it is ended, after Ctrl-C at once. A stack that is too small for it is its fault, too.
 * Throws the limit's code, `ABORTED`, and what the work throws.
 */
export function withTimeLimit<T>(work: () => T, limit: TimeLimit): T {
  const outcome: { value?: T; error?: unknown; threw: boolean } = { threw: false };
  const run = (): void => {
    try {
      outcome.value = work();
    } catch (error) {
      outcome.threw = true;
      outcome.error = error;
    }
  };
  // Taking a listener away loses a signal that has come and was not heard yet: a short limit is waited for instead.
  const isWatched = limit.ms > MOST_UNHEARD_MS && nested++ === 0;
  if (isWatched) watch?.begin();
  try {
    CALL.runInContext(createContext({ work: run }), { timeout: limit.ms, breakOnSigint: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED') throw new SlipwayError('ABORTED', 'interrupted', { cause: error });
    if (code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw tookTooLong(limit);
    throw error;
  } finally {
    if (limit.ms > MOST_UNHEARD_MS) nested--;
    if (isWatched) watch?.end();
  }
  if (!outcome.threw) return outcome.value as T;
  throw isStackOverflow(outcome.error) ? tooDeep(limit) : outcome.error;
}

/** Bytes or characters that are read in no time: for less the machinery of a limit costs more than the work. */
const LONG = 4 * 1024 * 1024;

/** As {@link withTimeLimit}, for work whose time follows from the size of what is read; a small one is done at once. */
export function interruptibly<T>(work: () => T, size: number, limit: TimeLimit): T {
  return size < LONG ? work() : withTimeLimit(work, limit);
}

/**
 * As {@link interruptibly}, as one step of several: before a long one the event loop gets a turn, so that a signal that came
 * during the step before it, or between the two, is heard. Throws `ABORTED` then, too.
 */
export async function interruptibleStep<T>(
  work: () => T,
  size: number,
  limit: TimeLimit,
  signal?: AbortSignal,
): Promise<T> {
  if (size < LONG) return work();
  // The first turn may be the rest of the one that goes on; the second has asked the system what came.
  await nextTurn();
  await nextTurn();
  throwIfAborted(signal);
  return withTimeLimit(work, limit);
}

/** Whether the engine ran out of stack. */
export function isStackOverflow(error: unknown): boolean {
  return error instanceof Error && error.name === 'RangeError' && /call stack/i.test(error.message);
}

function tookTooLong({ code, what, ms, where = what }: TimeLimit): SlipwayError {
  return new SlipwayError(code, `${what} takes too long to be read`, { where, got: `not done after ${ms} ms` });
}

function tooDeep({ code, what, where = what }: TimeLimit): SlipwayError {
  return new SlipwayError(code, `${what} is nested too deeply`, { where, got: 'more levels than can be read' });
}
