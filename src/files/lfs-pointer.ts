import { countText, SlipwayError } from '../core/index.js';

/** A pointer file has fewer bytes than this (git-lfs/git-lfs docs/spec.md, "The Pointer"). */
export const LFS_POINTER_LIMIT = 1024;

const FIRST_LINE = /^version https?:\/\/(?:git-lfs\.github\.com|hawser\.github\.com|git-media\.io)\//;

/** What a Git LFS pointer stands for. */
export interface LfsPointer {
  readonly path: string;
  /** Bytes of the file that it stands for, where it says so. */
  readonly size: number | undefined;
}

/** Reads the start of a file: the pointer that it is, or `undefined`. Weights and JSON never begin like one. */
export function lfsPointer(path: string, start: Uint8Array): LfsPointer | undefined {
  const text = Buffer.from(start.buffer, start.byteOffset, Math.min(start.byteLength, LFS_POINTER_LIMIT)).toString(
    'latin1',
  );
  if (!FIRST_LINE.test(text)) return undefined;
  const size = /^size (\d{1,15})$/m.exec(text)?.[1];
  return { path, size: size === undefined ? undefined : Number(size) };
}

/** Throws `LFS_POINTER` when the file begins like one: nothing that needs its content can go on. */
export function refuseLfsPointer(path: string, start: Uint8Array): void {
  const pointer = lfsPointer(path, start);
  if (pointer !== undefined) throw lfsPointerError([pointer]);
}

/** The refusal of one or several. */
export function lfsPointerError(pointers: readonly LfsPointer[], place?: string): SlipwayError {
  const [first] = pointers;
  const names = pointers.slice(0, 5).map(({ path }) => path);
  const more = pointers.length > names.length ? ` and ${pointers.length - names.length} more` : '';
  const message =
    pointers.length === 1
      ? `'${first?.path ?? ''}' is a Git LFS pointer, not the file itself`
      : `${pointers.length} files are Git LFS pointers, not the files themselves`;
  const total = pointers.reduce((sum, { size }) => sum + (size ?? 0), 0);
  return new SlipwayError('LFS_POINTER', message, {
    where: place ?? first?.path ?? '',
    got: `${names.join(', ')}${more}${total > 0 ? `: stands for ${countText(total, 'byte')} that are not here` : ''}`,
    try: [
      'git lfs install && git lfs pull   (in the clone)',
      'or let slipway fetch the repository itself: hf://organization/name',
      `or leave out what is not needed: --exclude '${names[0] ?? ''}'`,
    ],
    context: { files: pointers.slice(0, 100).map(({ path }) => path) },
  });
}
