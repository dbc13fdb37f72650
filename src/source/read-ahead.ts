import type { ByteRange } from '../core/index.js';
import type { ModelFile } from '../files/index.js';
import { readRange } from '../files/index.js';

/** How much one connection fetches before the next window begins. */
const WINDOW = 8 * 1024 * 1024;

/**
 * Reads large ranges over several connections at once, in order. Holds at most `connections` windows of 8 MiB;
 * with one connection, or for what fits one window, the file is read as it is.
 */
export function readAhead(file: ModelFile, connections: number): ModelFile {
  if (connections <= 1) return file;
  return {
    path: file.path,
    size: file.size,
    ...(file.digest === undefined ? {} : { digest: file.digest }),
    read: (range, signal) => {
      const { start, end } = range ?? { start: 0, end: file.size };
      return end - start <= WINDOW ? file.read(range, signal) : windows(file, { start, end }, connections, signal);
    },
  };
}

async function* windows(
  file: ModelFile,
  range: ByteRange,
  connections: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  // Stops the windows that are still under way when the consumer leaves or one of them fails.
  const stop = new AbortController();
  const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const pending: Promise<Uint8Array>[] = [];
  let next = range.start;
  const fill = (): void => {
    while (pending.length < connections && next < range.end) {
      const window = readRange(file, { start: next, end: Math.min(next + WINDOW, range.end) }, either);
      // Its failure is thrown where the window is due; until then it must not count as unhandled.
      window.catch(() => {});
      pending.push(window);
      next += WINDOW;
    }
  };
  try {
    for (fill(); pending.length > 0; fill()) {
      const window = pending.shift();
      if (window !== undefined) yield await window;
    }
  } finally {
    stop.abort();
  }
}
