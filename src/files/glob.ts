import { SlipwayError } from '../core/index.js';
import { BadGlob, globMatcher } from './patterns/glob-pattern.js';
import { PatternTooLarge } from './patterns/matcher-program.js';

const MAX_PATTERN_LENGTH = 512;

/** What a user picks from a set of files. */
export interface PathSelection {
  /** Globs of paths to take; everything without it. A glob without a slash is matched against the file's name alone. */
  readonly include?: readonly string[];
  /** Globs of paths to leave out; they win. */
  readonly exclude?: readonly string[];
  /** `*.MD` is then `*.md` too. */
  readonly ignoreCase?: boolean;
}

/** A predicate for the paths that `selection` picks. Throws `USAGE` for a pattern that cannot be one. */
export function pathFilter(selection: PathSelection): (path: string) => boolean {
  const included = matcher(selection.include, selection.ignoreCase) ?? ((): boolean => true);
  const excluded = matcher(selection.exclude, selection.ignoreCase) ?? ((): boolean => false);
  return (path) => included(path) && !excluded(path);
}

function matcher(patterns: readonly string[] | undefined, ignoreCase = false): ((path: string) => boolean) | undefined {
  if (patterns === undefined) return undefined;
  const matchers = patterns.map((pattern) => {
    if (pattern === '' || pattern.length > MAX_PATTERN_LENGTH) {
      throw new SlipwayError('USAGE', `'${pattern.slice(0, 40)}' is no file pattern`, {
        got: `${pattern.length} characters, allowed 1 to ${MAX_PATTERN_LENGTH}`,
      });
    }
    const matches = compiled(pattern, ignoreCase);
    const whole = pattern.includes('/');
    return (path: string) => matches(whole ? path : path.slice(path.lastIndexOf('/') + 1));
  });
  return (path) => matchers.some((matches) => matches(path));
}

function compiled(pattern: string, ignoreCase: boolean): (path: string) => boolean {
  try {
    return globMatcher(pattern, ignoreCase);
  } catch (error) {
    if (!(error instanceof BadGlob) && !(error instanceof PatternTooLarge)) throw error;
    const got = error instanceof BadGlob ? error.message : 'its alternatives make it too large';
    throw new SlipwayError('USAGE', `'${pattern}' is no file pattern`, { got });
  }
}
