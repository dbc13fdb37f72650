import type { Snapshot } from '../files/index.js';

/** Names in a warning; beyond them only their number. */
const MOST_NAMED = 10;

/** What a person should hear of who packs a source as it is, and not all of it. */
export interface LeftOut {
  readonly message: string;
  readonly hint: string;
}

/** The files that no kind of file a model needs matched, by name; `undefined` when there are none. */
export function leftOutOf({ source, leftOut = [] }: Snapshot): LeftOut | undefined {
  if (leftOut.length === 0) return undefined;
  const more = leftOut.length > MOST_NAMED ? ` and ${leftOut.length - MOST_NAMED} more` : '';
  const names = leftOut.slice(0, MOST_NAMED).join(', ') + more;
  const count = leftOut.length === 1 ? '1 file' : `${leftOut.length} files`;
  return {
    message: `${count} of '${source.name}' left out, of no kind that a model needs: ${names}`,
    hint: "--include '**' takes every file that cannot run code; --exclude NAME leaves one out without this warning",
  };
}
