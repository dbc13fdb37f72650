let stepsBack = false;

/** Whether threads that are started from now on let the main thread go first. */
export function threadsStepBack(): boolean {
  return stepsBack;
}

/**
 * Threads that are started from now on let the main thread go first where there are not cores enough for all: for a process whose main
 * thread answers others while it converts. A command, which does nothing else, has no use for it, and would fall behind its neighbours.
 */
export function putMainThreadFirst(): void {
  stepsBack = true;
}
