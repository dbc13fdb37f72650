import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { countText, SlipwayError } from '../core/index.js';
import { safeRelativePath, type ModelFile } from '../files/index.js';
import type { OnnxModel } from './onnx-model.js';

/** The place of external data, relative to the model's file. Throws `PATH_UNSAFE` for one outside of its folder. */
export function safeLocation(path: string, location: string): string {
  const unsafe = location === '' || /^([\\/]|[A-Za-z]:)|\\|\0/.test(location);
  if (!unsafe) {
    try {
      return safeRelativePath(location.replace(/^(\.\/)+/, ''));
    } catch {
      // Said below, with the file that names it.
    }
  }
  throw new SlipwayError('PATH_UNSAFE', `'${path}' names external data outside of its folder`, {
    where: path,
    got: JSON.stringify(location.slice(0, 200)),
    try: 'do not trust where it comes from',
  });
}

/**
 * The files that a model keeps its data in, found among others. Throws `MODEL_INVALID` when one is missing or too short.
 */
export function externalFiles(path: string, model: OnnxModel, files: readonly ModelFile[]): readonly ModelFile[] {
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/') + 1) : '';
  return [...neededBytes(model)].map(([location, bytes]) => {
    const name = `${folder}${location}`;
    const file = files.find((candidate) => candidate.path === name);
    if (file !== undefined && file.size >= bytes) return file;
    throw new SlipwayError('MODEL_INVALID', `'${path}' has data in '${name}', which is not whole`, {
      where: name,
      got:
        file === undefined ? 'there is no such file' : `${countText(file.size, 'byte')}, at least ${bytes} are needed`,
      try: 'fetch the folder with all its files',
    });
  });
}

/** A file that a model keeps data in, as it lies beside the model. */
export interface ExternalFile {
  readonly path: string;
  /** Bytes that the model's tensors reach to. */
  readonly needed: number;
  readonly size?: number;
  /** Why it should not be trusted or cannot be used: missing, too short, or a link that may lead elsewhere. */
  readonly problem?: string;
}

/**
 * What lies where a model on this disk keeps its data. Nothing is opened, no link is followed: symbolic links, and names
 * that share a file with another name, are told (as onnx's own checker refuses them).
 */
export async function localExternalFiles(folder: string, model: OnnxModel): Promise<readonly ExternalFile[]> {
  const found: ExternalFile[] = [];
  for (const [path, needed] of neededBytes(model)) {
    const facts = await lstat(join(folder, ...path.split('/'))).catch(() => undefined);
    if (facts === undefined) found.push({ path, needed, problem: 'missing' });
    else {
      const problem = problemOf(facts, needed);
      found.push({ path, needed, size: facts.size, problem });
    }
  }
  return found;
}

function problemOf(facts: Stats, needed: number): string | undefined {
  if (facts.isSymbolicLink()) return 'a symbolic link';
  if (!facts.isFile()) return 'no file';
  if (facts.nlink > 1) return 'a hard link';
  return facts.size < needed ? 'too short' : undefined;
}

function neededBytes(model: OnnxModel): ReadonlyMap<string, number> {
  const needed = new Map<string, number>();
  for (const { location, offset, length = 0 } of model.external) {
    needed.set(location, Math.max(needed.get(location) ?? 0, offset + length));
  }
  return needed;
}
