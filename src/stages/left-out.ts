import type { Snapshot } from '../files/index.js';

/** Names in a warning; beyond them only their number. */
const MOST_NAMED = 10;

/** What a person should hear of a source that is not taken whole. */
export interface LeftOut {
  readonly message: string;
  readonly hint: string;
  /** All of them. */
  readonly files: readonly string[];
}

/** The files that are not taken, by name and reason, and how to take them; `undefined` when there are none. */
export function leftOutOf({ source, leftOut = [] }: Snapshot): LeftOut | undefined {
  if (leftOut.length === 0) return undefined;
  const dangerous = leftOut.filter(({ mayRunCode }) => mayRunCode).map(({ path }) => path);
  const misnamed = leftOut.filter(({ mayRunCode, nameProblem }) => !mayRunCode && nameProblem !== undefined);
  const harmless = leftOut
    .filter(({ mayRunCode, nameProblem }) => !mayRunCode && nameProblem === undefined)
    .map(({ path }) => path);
  const count = leftOut.length === 1 ? '1 file' : `${leftOut.length} files`;
  const parts = [
    ...(harmless.length > 0 ? [`of no kind that a model needs: ${named(harmless)}`] : []),
    ...(misnamed.length > 0
      ? [
          `whose names some systems cannot hold (${misnamed[0]?.nameProblem ?? ''}): ${named(misnamed.map(({ path }) => path))}`,
        ]
      : []),
    ...(dangerous.length > 0 ? [`that can run code: ${named(dangerous)}`] : []),
  ];
  return {
    message: `${count} of '${source.name}' left out, ${parts.join('; ')}`,
    hint: hintFor([...harmless, ...misnamed.map(({ path }) => path)], dangerous),
    files: leftOut.map(({ path }) => path),
  };
}

function hintFor(harmless: readonly string[], dangerous: readonly string[]): string {
  const patterns = [...new Set(dangerous.map((path) => `*${path.slice(path.lastIndexOf('.'))}`))];
  const without = patterns.map((pattern) => `--exclude '${pattern}'`).join(' ');
  if (harmless.length === 0) return `${without} leaves them out without this warning`;
  return `${["--include '**'", without].filter(Boolean).join(' ')} takes all that can be taken; --exclude NAME leaves out without this warning`;
}

function named(paths: readonly string[]): string {
  const more = paths.length > MOST_NAMED ? ` and ${paths.length - MOST_NAMED} more` : '';
  return paths.slice(0, MOST_NAMED).join(', ') + more;
}
