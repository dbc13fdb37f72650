import { existsSync } from 'node:fs';
import { SlipwayError } from '../../core/index.js';
import { localAddress } from '../../registry/index.js';

/**
 * For a command that sends `source` to `destination`: refuses a path as the destination, with the line that was probably
 * meant. Throws `USAGE`.
 */
export function refusePath(
  command: string,
  source: string,
  destination: string,
  path: (typed: string) => string,
): void {
  if (!isPath(destination, path)) return;
  const swapped = isPath(source, path) ? [] : [`pipeline ${command} ${destination} ${source}`];
  throw new SlipwayError('USAGE', `'${destination}' is a path, and no place for an artifact`, {
    try: [...swapped, `pipeline ${command} ${source} ${localAddress(destination)}   (an OCI image layout)`],
  });
}

/** Whether a word can only be a path: it begins like one, or is there. */
function isPath(word: string, path: (typed: string) => string): boolean {
  if (/^(\.{0,2}\/|\.{1,2}$|~\/)/.test(word)) return true;
  return !/^(hf|oci|https?|file):|^(layout|oci-archive):/.test(word) && existsSync(path(word));
}
