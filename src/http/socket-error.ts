/** An error with a code that `network-error.ts` has words for: undici's, which speaks to proxies, and our own are the same. */
export function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** Node calls it a reset when the other side just closes ("socket hang up"), and when it does so in the middle of a body ("aborted"). */
export function connectionError(error: unknown): unknown {
  const isClosed =
    error instanceof Error &&
    (error as NodeJS.ErrnoException).code === 'ECONNRESET' &&
    (error as NodeJS.ErrnoException).syscall === undefined;
  return isClosed ? coded('UND_ERR_SOCKET', 'other side closed') : error;
}
