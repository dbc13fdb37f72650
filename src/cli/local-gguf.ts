import { basename, dirname } from 'node:path';

/** Where a GGUF is, as download() takes it: a local file is its directory with a filter. */
export function ggufSource(given: string, path: (given: string) => string): { source: string; include?: string[] } {
  if (/^[a-z][a-z0-9+.-]*:/i.test(given) || !given.endsWith('.gguf')) return { source: given };
  const absolute = path(given);
  // The name is a name, not a pattern.
  return { source: dirname(absolute), include: [basename(absolute).replaceAll(/[\\*?[\]{}()!]/g, String.raw`\$&`)] };
}
