type Call = (reason: unknown) => void;

const watched = new WeakMap<AbortSignal, Set<Call>>();

/**
 * Calls when a signal fires, at once if it has. One listener a signal, however many requests wait for it: more would have Node warn of
 * a leak. Returns what ends the waiting.
 */
export function onAbort(signal: AbortSignal, call: Call): () => void {
  if (signal.aborted) {
    call(signal.reason);
    return () => {};
  }
  const calls = watched.get(signal) ?? watch(signal);
  calls.add(call);
  return () => {
    calls.delete(call);
    if (calls.size > 0) return;
    signal.removeEventListener('abort', fire);
    watched.delete(signal);
  };
}

function watch(signal: AbortSignal): Set<Call> {
  const calls = new Set<Call>();
  watched.set(signal, calls);
  signal.addEventListener('abort', fire, { once: true });
  return calls;
}

function fire(this: AbortSignal): void {
  const calls = watched.get(this);
  watched.delete(this);
  for (const call of calls ?? []) call(this.reason);
}
