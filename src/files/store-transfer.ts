import { lstat, rm } from 'node:fs/promises';
import type { LeafHash } from './chunk-tree.js';
import type { Digester } from './digester.js';
import { readLocalFile } from './local-file.js';

/** Feeds what an interrupted transfer left to the digester; more than the whole file is useless and is dropped. */
export async function hashExisting(
  path: string,
  limit: number,
  to: { readonly digester: Digester; readonly leaves: LeafHash },
  signal?: AbortSignal,
): Promise<void> {
  const existing = await lstat(path).catch(() => undefined);
  if (existing === undefined || existing.size === 0) return;
  if (existing.size > limit) {
    await rm(path);
    return;
  }
  for await (const chunk of leafHashed(readLocalFile(path, undefined, signal), to.leaves)) {
    await to.digester.update(chunk);
  }
}

export async function* leafHashed(content: AsyncIterable<Uint8Array>, leaves: LeafHash): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    leaves.update(chunk);
    yield chunk;
  }
}

export async function* counted(
  content: AsyncIterable<Uint8Array>,
  start: number,
  onBytes: ((done: number) => void) | undefined,
): AsyncGenerator<Uint8Array> {
  let done = start;
  for await (const chunk of content) {
    yield chunk;
    done += chunk.byteLength;
    onBytes?.(done);
  }
}
