import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageFacts } from '../../core/index.js';

/** A text that comes with this package: the first twenty chapters of Moby-Dick (Melville, 1851; public domain). */
export async function builtInText(): Promise<{ name: string; content: string; licence: string }> {
  const { directory } = await packageFacts();
  const content = await readFile(join(directory, 'texts', 'moby-dick.txt'), 'utf8');
  return { name: 'moby-dick.txt', content, licence: 'public domain' };
}
