import { SlipwayError } from '../core/index.js';
import { safeRelativePath, type ModelFile } from '../files/index.js';
import type { OnnxModel } from './model.js';

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
  const needed = new Map<string, number>();
  for (const { location, offset, length = 0 } of model.external) {
    const name = `${folder}${location}`;
    needed.set(name, Math.max(needed.get(name) ?? 0, offset + length));
  }
  return [...needed].map(([name, bytes]) => {
    const file = files.find((candidate) => candidate.path === name);
    if (file !== undefined && file.size >= bytes) return file;
    throw new SlipwayError('MODEL_INVALID', `'${path}' has data in '${name}', which is not whole`, {
      where: name,
      got: file === undefined ? 'there is no such file' : `${file.size} bytes, at least ${bytes} are needed`,
      try: 'fetch the folder with all its files',
    });
  });
}
