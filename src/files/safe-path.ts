import { sep } from 'node:path';
import { SlipwayError } from '../core/index.js';

const MAX_PATH_BYTES = 1024;
const MAX_SEGMENT_BYTES = 255;
// Device names that Windows gives a meaning in every folder and with every extension.
const DEVICE = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;
// Controls, and invisible characters that make two names look alike or read backwards.
const INVISIBLE = /[\p{Cc}\p{Cs}\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;
const FORBIDDEN = /[\\:*?"<>|]/;

/**
 * Checks a relative path that came from outside (a listing, an annotation, a tar entry, an index) and returns it.
 * What passes names the same file below any directory on any system. Throws `PATH_UNSAFE`.
 */
export function safeRelativePath(path: string): string {
  const problem = pathProblem(path) ?? portabilityProblem(path);
  if (problem === undefined) return path;
  throw unsafePath(path, problem);
}

/**
 * The same for a path that is only to be written here: what another system could not hold (`C1_or_C2?`) passes where
 * this one can. Throws `PATH_UNSAFE`.
 */
export function localRelativePath(path: string): string {
  const problem = pathProblem(path) ?? (sep === '/' ? undefined : portabilityProblem(path));
  if (problem === undefined) return path;
  throw unsafePath(path, problem);
}

/**
 * Why some system could not hold a file of this name, though it leads nowhere wrong; `undefined` when all can, and for
 * what none may be given.
 */
export function nameProblem(path: string): string | undefined {
  return pathProblem(path) === undefined ? portabilityProblem(path) : undefined;
}

function unsafePath(path: string, problem: string): SlipwayError {
  return new SlipwayError('PATH_UNSAFE', `${JSON.stringify(path.slice(0, 200))} is refused as a file name`, {
    where: JSON.stringify(path.slice(0, 200)),
    got: problem,
    try: `leave it out: --exclude ${JSON.stringify(globOf(path.slice(0, 200)))}`,
  });
}

/** A glob for exactly this name: what a glob gives a meaning stands as one character, whichever. */
function globOf(path: string): string {
  return path.replaceAll(/[^\p{L}\p{N}/._ -]/gu, '?');
}

/** What no system may be given: a path that leads elsewhere, or looks like another. */
function pathProblem(path: string): string | undefined {
  const length = Buffer.byteLength(path);
  if (length === 0) return 'it is empty';
  if (length > MAX_PATH_BYTES) return `${length} bytes, limit ${MAX_PATH_BYTES}`;
  if (INVISIBLE.test(path)) return 'it holds a control or invisible character';
  if (path.includes('\\')) return 'it holds a backslash';
  for (const segment of path.split('/')) {
    if (segment === '') return 'it starts or ends with a slash, or holds two in a row';
    if (segment === '.' || segment === '..') return `it holds the segment '${segment}'`;
    if (DEVICE.test(segment)) return `'${segment}' is a device name on Windows`;
    const bytes = Buffer.byteLength(segment);
    if (bytes > MAX_SEGMENT_BYTES) return `a segment of ${bytes} bytes, limit ${MAX_SEGMENT_BYTES}`;
  }
  return undefined;
}

/** What some file systems cannot hold, or would give another name. */
function portabilityProblem(path: string): string | undefined {
  if (path.normalize('NFC') !== path) return 'it is not in Unicode normalization form C';
  if (FORBIDDEN.test(path)) return 'it holds one of \\ : * ? " < > |';
  for (const segment of path.split('/')) {
    if (/[. ]$/.test(segment) || segment.startsWith(' '))
      return 'a segment starts with a space or ends with a dot or space';
  }
  return undefined;
}

/**
 * Checks that a set of paths can stand in one directory: each safe, no two equal on a file system that ignores case,
 * none both a file and a directory. Throws `PATH_UNSAFE`.
 * @param check what each has to pass
 */
export function assertDistinctPaths(
  paths: readonly string[],
  check: (path: string) => string = safeRelativePath,
): void {
  const [first] = pathCollisions(paths.map((path) => check(path)));
  if (first !== undefined) throw collision(first.path, first.other);
}

/** Paths that cannot stand beside one that comes before them: equal without regard to case, or a file and a directory. */
export function pathCollisions(paths: readonly string[]): readonly { readonly path: string; readonly other: string }[] {
  const files = new Map<string, string>();
  const folders = new Map<string, string>();
  const found: { path: string; other: string }[] = [];
  for (const path of paths) {
    const key = fold(path);
    const other = files.get(key) ?? folders.get(key) ?? fileAbove(key, files);
    if (other !== undefined) {
      found.push({ path, other });
      continue;
    }
    files.set(key, path);
    for (let end = key.indexOf('/'); end !== -1; end = key.indexOf('/', end + 1)) folders.set(key.slice(0, end), path);
  }
  return found;
}

/** The file that stands where a path needs a directory. */
function fileAbove(key: string, files: ReadonlyMap<string, string>): string | undefined {
  for (let end = key.indexOf('/'); end !== -1; end = key.indexOf('/', end + 1)) {
    const file = files.get(key.slice(0, end));
    if (file !== undefined) return file;
  }
  return undefined;
}

/** Upper, then lower case: folds more letters than either alone (`ſ`, `ß`, the Kelvin sign). */
function fold(path: string): string {
  return path.toUpperCase().toLowerCase().normalize('NFC');
}

function collision(path: string, other: string): SlipwayError {
  return new SlipwayError('PATH_UNSAFE', `'${path}' and '${other}' cannot stand in one directory`, {
    where: path,
    got: 'the same name on file systems that ignore case, or a file and a directory of one name',
    context: { path, other },
  });
}

/** Byte order of the UTF-8 forms: the one order that does not depend on a locale. */
export function comparePaths(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
