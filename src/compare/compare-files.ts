import type { ModelFile } from '../files/index.js';
import { differingPieces } from './same-bytes.js';

export interface FileChange {
  readonly path: string;
  /** `size` tells enough; `content` for files of one size; `model` for what metadata and tensors say in detail. */
  readonly what: 'size' | 'content' | 'model';
}

export interface FileComparison {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly FileChange[];
  readonly same: number;
}

/** True or false when sizes and digests alone tell it; `undefined` when the bytes have to be read. */
export function equalByDigest(a: ModelFile, b: ModelFile): boolean | undefined {
  if (a.size !== b.size) return false;
  if (a.digest === undefined || b.digest === undefined) return undefined;
  return a.digest === b.digest;
}

/**
 * Compares files by path: by their digests where both have one, else by reading each once.
 * @param models paths whose content has been compared as a model, and how that came out
 */
export async function compareFiles(
  a: readonly ModelFile[],
  b: readonly ModelFile[],
  models: ReadonlyMap<string, boolean>,
  signal?: AbortSignal,
): Promise<FileComparison> {
  const after = new Map(b.map((file) => [file.path, file]));
  const before = new Set(a.map(({ path }) => path));
  const changed: FileChange[] = [];
  let same = 0;
  for (const file of a) {
    const other = after.get(file.path);
    if (other === undefined) continue;
    const what = await changeOf(file, other, models.get(file.path), signal);
    if (what === undefined) same += 1;
    else changed.push({ path: file.path, what });
  }
  return {
    added: b.flatMap(({ path }) => (before.has(path) ? [] : [path])),
    removed: a.flatMap(({ path }) => (after.has(path) ? [] : [path])),
    changed,
    same,
  };
}

async function changeOf(
  a: ModelFile,
  b: ModelFile,
  isSameModel: boolean | undefined,
  signal: AbortSignal | undefined,
): Promise<FileChange['what'] | undefined> {
  const byDigest = equalByDigest(a, b);
  if (byDigest === true) return undefined;
  if (isSameModel === false) return 'model';
  if (a.size !== b.size) return 'size';
  if (byDigest === false) return 'content';
  if (isSameModel === true) return undefined;
  return (await differingPieces(a, b, [a.size], signal)).size > 0 ? 'content' : undefined;
}
