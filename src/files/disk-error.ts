import { SlipwayError } from '../core/index.js';

const DISK_ERRORS = {
  ENOSPC: ['DISK_SPACE', 'no space left on the device'],
  EDQUOT: ['DISK_SPACE', 'the disk quota is used up'],
  EACCES: ['DISK_PERMISSION', 'permission denied'],
  EPERM: ['DISK_PERMISSION', 'operation not permitted'],
  EROFS: ['DISK_PERMISSION', 'the file system is read-only'],
  ENOENT: ['NOT_FOUND', 'there is no such file or directory'],
  ENOTDIR: ['NOT_FOUND', 'a part of the path is not a directory'],
  EISDIR: ['NOT_FOUND', 'it is a directory'],
  EEXIST: ['TARGET_EXISTS', 'a file is where a directory should be'],
} as const;

/** Says what the operating system's error means for a person; other errors pass unchanged. */
export function diskError(error: unknown, where: string): unknown {
  const code = codeOf(error);
  const known =
    code !== undefined && Object.hasOwn(DISK_ERRORS, code) ? DISK_ERRORS[code as keyof typeof DISK_ERRORS] : undefined;
  if (known === undefined || SlipwayError.is(error)) return error;
  return new SlipwayError(known[0], `${known[1]}: '${where}'`, { where, cause: error });
}

/** Whether the operating system says that there is no such file. */
export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}

function codeOf(error: unknown): string | undefined {
  const code: unknown = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}
