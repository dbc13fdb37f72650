import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readRegular } from '../../core/index.js';
import { sha256 } from '../../files/index.js';

/**
 * Remembers where uploads stand, beyond the life of a process: a push that was killed goes on where the registry
 * stands. Nothing depends on it being right: the digest decides, and a wrong memory costs one upload.
 */
export interface UploadMemory {
  /** The upload's address, which is forgotten with this: two processes must not continue the same upload. */
  take(key: string): Promise<string | undefined>;
  /** `progress`: what is sent, and how far it is. */
  keep(key: string, location: string, progress?: UploadProgress): Promise<void>;
}

/** How far a remembered upload is. Sizes in bytes. */
export interface UploadProgress {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

/** How long registries keep an unfinished upload, at most; older notes are of no use. */
const NOTE_LIMIT = 64 * 1024;
const OLDEST_MS = 7 * 24 * 3_600_000;

/** An {@link UploadMemory} in a directory: one small file an upload, readable by its owner only. */
export function openUploadMemory(directory: string): UploadMemory {
  const pathOf = (key: string): string => join(directory, `${sha256(key).slice('sha256:'.length)}.json`);
  let pruned = false;
  return {
    async take(key) {
      const path = pathOf(key);
      const aside = `${path}.${randomUUID()}`;
      try {
        // The process that moves it away owns it.
        await rename(path, aside);
        const note = JSON.parse(await readNote(aside)) as { location?: unknown; at?: unknown };
        const fresh = typeof note.at === 'number' && Date.now() - note.at < OLDEST_MS;
        return fresh && typeof note.location === 'string' ? note.location : undefined;
      } catch {
        return undefined;
      } finally {
        await rm(aside, { force: true });
      }
    },
    async keep(key, location, progress) {
      const path = pathOf(key);
      const temporary = `${path}.${randomUUID()}`;
      await mkdir(directory, { recursive: true, mode: 0o700 });
      if (!pruned) await prune(directory);
      pruned = true;
      await writeFile(temporary, JSON.stringify({ location, at: Date.now(), ...progress }), { mode: 0o600 });
      await rename(temporary, path);
    },
  };
}

/** The uploads that were noted in a directory since `since` (milliseconds) and that can go on. */
export async function unfinishedUploads(directory: string, since: number): Promise<readonly UploadProgress[]> {
  const found: UploadProgress[] = [];
  for (const name of await readdir(directory).catch(() => [])) {
    if (!name.endsWith('.json')) continue;
    try {
      const note: unknown = JSON.parse(await readNote(join(directory, name)));
      const { at, offset, size, name: path } = note as Partial<Record<keyof UploadProgress | 'at', unknown>>;
      if (typeof at !== 'number' || at < since || typeof path !== 'string') continue;
      if (typeof offset === 'number' && typeof size === 'number' && offset > 0)
        found.push({ name: path, offset, size });
    } catch {
      // Taken away by another process this moment.
    }
  }
  return found;
}

/** A note is a few hundred bytes; a link in its place is none of ours. */
async function readNote(path: string): Promise<string> {
  return (await readRegular(path, NOTE_LIMIT, { noLink: true })).toString('utf8');
}

/** Removes the notes of uploads that were never continued. */
async function prune(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
    if (Date.now() - mtimeMs > OLDEST_MS) await rm(path, { force: true });
  }
}
