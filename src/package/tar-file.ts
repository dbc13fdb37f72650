import {
  checkedRange,
  memoryFile,
  TAR_BLOCK,
  tarHeader,
  tarPadding,
  type ModelFile,
  type TarEntry,
} from '../files/index.js';

/** How the entries of an archive look. */
export interface TarLook {
  /** Folder that the file is put into, without a slash at its end: `models`. */
  readonly folder?: string;
  readonly uid?: number;
  readonly gid?: number;
}

const FILE_MODE = 0o644;
const FOLDER_MODE = 0o755;
/** Two empty blocks end an archive. */
const END = 2 * TAR_BLOCK;

/**
 * A tar of one file with its parent folders, laid out without reading it: header, the file's bytes, padding. Same file,
 * same bytes; readable from any offset, so an upload can be resumed.
 */
export function tarFile(file: ModelFile, look: TarLook = {}): ModelFile {
  const path = look.folder === undefined ? file.path : `${look.folder}/${file.path}`;
  const owner = { uid: look.uid ?? 0, gid: look.gid ?? 0 };
  const entries: TarEntry[] = [
    ...parents(path).map((folder) => ({ path: `${folder}/`, size: 0, mode: FOLDER_MODE, ...owner })),
    { path, size: file.size, mode: FILE_MODE, ...owner },
  ];
  const head = memoryFile(path, Buffer.concat(entries.map(tarHeader)));
  const tail = memoryFile(path, new Uint8Array(tarPadding(file.size) + END));
  return concatenated(`${file.path}.tar`, [head, file, tail]);
}

function parents(path: string): string[] {
  const segments = path.split('/').slice(0, -1);
  return segments.map((_, index) => segments.slice(0, index + 1).join('/'));
}

function concatenated(path: string, parts: readonly ModelFile[]): ModelFile {
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  return {
    path,
    size,
    sources: parts.flatMap(
      (part) => part.sources ?? (part.group === undefined ? [] : [{ file: part, start: 0, end: part.size }]),
    ),
    async *read(range, signal) {
      const { start, end } = checkedRange(path, size, range);
      let offset = 0;
      for (const part of parts) {
        const from = Math.max(start - offset, 0);
        const to = Math.min(end - offset, part.size);
        // A whole part is asked for without a range: its origin can then verify it.
        if (from < to)
          yield* from === 0 && to === part.size
            ? part.read(undefined, signal)
            : part.read({ start: from, end: to }, signal);
        offset += part.size;
      }
    },
  };
}
