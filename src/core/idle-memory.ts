import { collectGarbage } from './resident-memory.js';

/** Objects beyond which a collection of everything would be felt. */
const QUICKLY_COLLECTED = 64 * 2 ** 20;

const spares = new Set<() => void>();

/** Registers what lets go of memory that is kept to be used again; called when nothing has used it for a while. */
export function whenIdle(letGo: () => void): void {
  spares.add(letGo);
}

/** Lets go of all memory that is kept for later, and has the engine give it back where that takes a moment only. */
export function letGoOfSpares(): void {
  for (const letGo of spares) letGo();
  if (process.memoryUsage().heapUsed < QUICKLY_COLLECTED) collectGarbage();
}
