import { SlipwayError } from './error.js';

const OTHER_PLACE = 'make room there, or name a place on another disk';
const OTHER_PATH = 'check the path: a relative one starts at the working directory, or where -C says';
const ACCESS = 'check owner and mode of the file and of the directories above it';

const DISK_ERRORS = {
  ENOSPC: ['DISK_SPACE', 'no space left on the device', OTHER_PLACE],
  EDQUOT: ['DISK_SPACE', 'the disk quota is used up', OTHER_PLACE],
  EACCES: ['DISK_PERMISSION', 'permission denied', ACCESS],
  EPERM: ['DISK_PERMISSION', 'operation not permitted', ACCESS],
  EROFS: ['DISK_PERMISSION', 'the file system is read-only', 'name a place on another disk'],
  ENOENT: ['NOT_FOUND', 'there is no such file or directory', OTHER_PATH],
  ENOTDIR: ['NOT_FOUND', 'a part of the path is not a directory', OTHER_PATH],
  EISDIR: ['NOT_FOUND', 'it is a directory', OTHER_PATH],
  EEXIST: ['TARGET_EXISTS', 'something else is there already', 'choose another place, or remove what is there'],
} as const;

/** Says what the operating system's error means for a person; other errors pass unchanged. */
export function diskError(error: unknown, where: string): unknown {
  const known = knownOf(error);
  if (known === undefined || SlipwayError.is(error)) return error;
  const [code, sentence, hint] = known;
  return new SlipwayError(code, `${sentence}: '${where}'`, { where, try: hint, cause: error });
}

/**
 * The error of a disk that is full or closed, or of a path that leads through a file, wherever it was met: no bug, but
 * something that the user can change. A file that is missing unexpectedly stays what it is.
 */
export function strayDiskError(error: unknown): SlipwayError | undefined {
  const known = knownOf(error);
  if (known === undefined || isMissing(error)) return undefined;
  const [code, sentence, hint] = known;
  const path: unknown = (error as NodeJS.ErrnoException).path;
  const where = typeof path === 'string' ? { where: path } : {};
  return new SlipwayError(code, where.where === undefined ? sentence : `${sentence}: '${where.where}'`, {
    ...where,
    try: hint,
    cause: error,
  });
}

/** Whether the operating system says that there is no such file. */
export function isMissing(error: unknown): boolean {
  return codeOf(SlipwayError.is(error) && error.code === 'NOT_FOUND' ? error.cause : error) === 'ENOENT';
}

function knownOf(error: unknown): (typeof DISK_ERRORS)[keyof typeof DISK_ERRORS] | undefined {
  const code = codeOf(error);
  return code !== undefined && Object.hasOwn(DISK_ERRORS, code)
    ? DISK_ERRORS[code as keyof typeof DISK_ERRORS]
    : undefined;
}

function codeOf(error: unknown): string | undefined {
  const code: unknown = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}
