/** A timer that is set for longer goes off at once: its milliseconds are a signed 32-bit number. */
const LONGEST_MS = 2 ** 31 - 1;

/** Calls `done` after any number of milliseconds, weeks too. Returns what calls it off. Keeps no process alive. */
export function startLongTimer(milliseconds: number, done: () => void): () => void {
  let timer: NodeJS.Timeout;
  const next = (remainingMs: number): void => {
    const now = Math.min(remainingMs, LONGEST_MS);
    timer = setTimeout(() => (remainingMs > now ? next(remainingMs - now) : done()), now).unref();
  };
  next(milliseconds);
  return () => clearTimeout(timer);
}

/** Waits any number of milliseconds, or until the signal fires. Keeps the process alive, and nothing at the signal. */
export async function waitLong(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const alive = setInterval(() => {}, LONGEST_MS);
  let [cancel, end] = [(): void => {}, (): void => {}];
  try {
    await new Promise<void>((resolve) => {
      end = resolve;
      signal.addEventListener('abort', end, { once: true });
      cancel = startLongTimer(milliseconds, resolve);
    });
  } finally {
    cancel();
    signal.removeEventListener('abort', end);
    clearInterval(alive);
  }
}
