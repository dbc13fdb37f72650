import { readlinkSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';

/** By how much a thread steps back: it gets about a tenth of what the main thread gets where both want the same core. */
const STEP = 10;

/**
 * Lets this thread wait for others of the process where there are not cores enough: those that compute have work for seconds, and the
 * main thread, on which connections and every run wait, for microseconds at a time. Linux has a priority for each thread (setpriority(2),
 * "C library/kernel differences"); elsewhere, and where it is not allowed, nothing happens.
 */
export function stepBack(): void {
  if (process.platform !== 'linux') return;
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    setPriority(thread, Math.min(constants.priority.PRIORITY_LOW, getPriority() + STEP));
  } catch {
    // As good as it is without.
  }
}
