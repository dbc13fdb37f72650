import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Rendered } from '../../deploy/index.js';
import { writeLocalFile } from '../../files/index.js';

/** Writes the files of a deployment into a directory; returns their paths. */
export async function writeRendered({ files }: Rendered, directory: string): Promise<readonly string[]> {
  await mkdir(directory, { recursive: true });
  const paths: string[] = [];
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, name);
    await writeText(path, text);
    paths.push(path);
  }
  return paths;
}

/** Writes a text under a temporary name, then renames. */
export async function writeText(path: string, text: string): Promise<void> {
  const content = async function* (): AsyncGenerator<Uint8Array> {
    yield new TextEncoder().encode(text);
  };
  await writeLocalFile(path, content());
}
