import type { Stats } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import pLimit from 'p-limit';
import { openRegular, SlipwayError, throwIfAborted } from '../core/index.js';
import {
  digestOf,
  LFS_POINTER_LIMIT,
  lfsPointer,
  lfsPointerError,
  mayRunCode,
  missingSplits,
  parseSplitName,
  readRange,
  sha256,
  TELLING_BYTES,
  type LfsPointer,
  type ModelFile,
  type Snapshot,
} from '../files/index.js';
import { diskFile, keptFile } from './disk-file.js';
import { onnxDataFiles } from './onnx-data.js';
import { AMBIGUOUS, selectFiles, type SelectionOptions } from './selection.js';

const MAX_DEPTH = 16;
const MAX_ENTRIES = 100_000;
/** Files up to this size are read to tell whether a directory changed. */
const READ_LIMIT = 16 * 1024 * 1024;
/** Files that are looked at side by side: they wait for the disk. */
const LOOKED_AT_ONCE = 8;
/** Files up to this size stay in memory when they were looked at, as long as there is room: opening them again costs more. */
const SMALL = 64 * 1024;
const KEPT_BYTES = 8 * 1024 * 1024;

interface Found {
  readonly path: string;
  readonly location: string;
}

export interface DirectoryOptions extends SelectionOptions {
  readonly signal?: AbortSignal | undefined;
  /** Home directory for `~/…`. */
  readonly home?: string | undefined;
}

/**
 * A directory, or one file of it, as a snapshot. Symbolic links are followed inside the directory only.
 *
 * The revision says "the same as before", not "the same as elsewhere": it covers names, sizes, the content of files up to 16 MiB and the
 * modification time of larger ones. It is meant for caches and resumption, not for artifacts.
 */
export async function openDirectory(path: string, options: DirectoryOptions = {}): Promise<Snapshot> {
  const expanded = path.startsWith('~/') && options.home !== undefined ? join(options.home, path.slice(2)) : path;
  const root = await realpath(resolve(expanded)).catch((cause: unknown) => {
    throw new SlipwayError('NOT_FOUND', `there is no '${path}'`, {
      where: resolve(expanded),
      try: 'check the path: a relative one starts at the working directory, or where -C says',
      cause,
    });
  });
  const single = (await stat(root)).isFile();
  // The name that was given, not that of what a link leads to: the Hub's cache has links to files without an ending.
  const found = single
    ? await withSplits(resolve(expanded), root, options.everything)
    : await walk(root, options.signal);
  if (found.some(({ path: file }) => file === 'oci-layout') && found.some(({ path: file }) => file === 'index.json')) {
    throw new SlipwayError('USAGE', `'${path}' is an OCI image layout, and not a model itself`, {
      where: root,
      try: [`layout:${path}:TAG`, `pipeline ls layout:${path}`],
    });
  }
  const name = basename(resolve(expanded));
  const plain = await plainData(root, found);
  const named = await onnxDataFiles(found, single ? { include: ['*'] } : options, async (file) => opened(root, file));
  const { chosen, leftOut } = selectFiles(found, single ? { ...options, include: ['*'] } : options, name, {
    plain,
    named,
  });
  const turns = pLimit(LOOKED_AT_ONCE);
  const kept = { room: KEPT_BYTES };
  const looked = await Promise.all(chosen.map((file) => turns(async () => lookAt(root, file, kept, options.signal))));
  const files = looked.map(({ file }) => file);
  const lines = looked.map(({ line }) => line);
  if (options.everything !== true) await refusePointers(files, root, options.signal);
  return {
    source: { kind: 'directory', name, url: pathToFileURL(root).href, revision: sha256(lines.join('')) },
    files,
    ...(leftOut.length > 0 && { leftOut }),
  };
}

/** A file, and what the directory's revision says of it. */
async function lookAt(
  root: string,
  found: Found,
  kept: { room: number },
  signal: AbortSignal | undefined,
): Promise<{ readonly file: ModelFile; readonly line: string }> {
  throwIfAborted(signal);
  const { size, mtimeMs } = await factsOf(root, found);
  const file = diskFile(found.path, found.location, { size, mtimeMs });
  const line = (mark: string): string => `${found.path}\0${size}\0${mark}\n`;
  if (size > READ_LIMIT) return { file, line: line(`${mtimeMs}`) };
  if (size > SMALL || size > kept.room)
    return { file, line: line((await digestOf(file.read(undefined, signal), size)).digest) };
  kept.room -= size;
  const bytes = await readRange(file, { start: 0, end: size }, signal);
  return { file: keptFile(file, found.location, { size, mtimeMs }, bytes), line: line(sha256(bytes)) };
}

/**
 * A file; the first split of a model stands for all of them, as for llama.cpp. Throws `GGUF_INVALID` naming the splits
 * that are not beside it.
 */
async function withSplits(path: string, location: string, incomplete = false): Promise<readonly Found[]> {
  const name = basename(path);
  if (parseSplitName(name)?.index !== 0) return [{ path: name, location }];
  const missing = missingSplits([name]);
  const found: Found[] = [{ path: name, location }];
  const absent: string[] = [];
  for (const split of missing) {
    // Beside the name that was given: the Hub's cache has links that lead to a folder of digests.
    const place = await realpath(join(dirname(path), split)).catch(() => undefined);
    if (place === undefined) absent.push(split);
    else found.push({ path: split, location: place });
  }
  if (absent.length === 0 || incomplete) return found;
  throw new SlipwayError('GGUF_INVALID', `'${absent[0] ?? ''}' is missing: the set of splits is not whole`, {
    where: dirname(path),
    got: `${found.length} of ${missing.length + 1} splits, missing: ${absent.slice(0, 5).join(', ')}`,
    try: 'fetch what is missing into the same directory',
  });
}

/** A clone that was made without Git LFS has pointers where its large files should be. All of them are named at once. */
async function refusePointers(
  files: readonly ModelFile[],
  root: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const pointers: LfsPointer[] = [];
  for (const file of files) {
    if (file.size === 0 || file.size >= LFS_POINTER_LIMIT) continue;
    const pointer = lfsPointer(file.path, await readRange(file, { start: 0, end: file.size }, signal));
    if (pointer !== undefined) pointers.push(pointer);
  }
  if (pointers.length > 0) throw lfsPointerError(pointers, root);
}

async function opened(root: string, file: Found): Promise<ModelFile> {
  return diskFile(file.path, file.location, await factsOf(root, file));
}

/** Of the files whose names could mean anything, those that begin like none that can run code. */
async function plainData(root: string, found: readonly Found[]): Promise<ReadonlySet<string>> {
  const plain = new Set<string>();
  for (const file of found.filter(({ path }) => AMBIGUOUS.test(path))) {
    const location = await inside(root, file).catch(() => undefined);
    if (location !== undefined && !mayRunCode(await startOf(location))) plain.add(file.path);
  }
  return plain;
}

async function startOf(location: string): Promise<Uint8Array> {
  const handle = await openRegular(location);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(TELLING_BYTES), 0, TELLING_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function walk(root: string, signal: AbortSignal | undefined): Promise<Found[]> {
  const found: Found[] = [];
  const pending: { folder: string; depth: number }[] = [{ folder: '', depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    throwIfAborted(signal);
    for (const entry of await readdir(join(root, next.folder), { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue;
      const path = next.folder === '' ? entry.name : `${next.folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (next.depth < MAX_DEPTH) pending.push({ folder: path, depth: next.depth + 1 });
      } else if (entry.isFile() || entry.isSymbolicLink()) {
        found.push({ path, location: join(root, ...path.split('/')) });
      }
      if (found.length + pending.length > MAX_ENTRIES) throw tooMany(root);
    }
  }
  return found;
}

/** What the operating system says of a file; of a link's, when it stays inside. */
async function factsOf(root: string, file: Found): Promise<Stats> {
  const facts = await lstat(file.location);
  return facts.isSymbolicLink() ? stat(await inside(root, file)) : facts;
}

/** The file's place; a link that leads out of the directory, or to something else than a file, is refused. */
async function inside(root: string, file: Found): Promise<string> {
  if (!(await lstat(file.location)).isSymbolicLink()) return file.location;
  const target = await realpath(file.location).catch(() => undefined);
  const within = target?.startsWith(root.endsWith(sep) ? root : root + sep) ?? false;
  // A single file may be given through a link: then its own place is the root.
  if (target !== undefined && (within || target === root) && (await stat(target)).isFile()) return target;
  throw new SlipwayError('PATH_UNSAFE', `the link '${file.path}' does not lead to a file of its directory`, {
    where: file.location,
    got: target ?? 'a target that does not exist',
    try: `copy the directory with its links resolved: cp -rL ${root} …   or exclude: ['${file.path}']`,
  });
}

function tooMany(root: string): SlipwayError {
  return new SlipwayError('MODEL_INVALID', `'${root}' is no model directory`, {
    where: root,
    got: `more than ${MAX_ENTRIES} files`,
    try: 'point at the directory of one model',
  });
}
