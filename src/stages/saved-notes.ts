import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { isDigest, type Digest, type RunContext } from '../core/index.js';
import { DiskStore, sha256 } from '../files/index.js';

/** Directory for notes that outlive the process, if there is one. */
export function notesOf(context: RunContext): string | undefined {
  return context.store instanceof DiskStore ? context.store.directory : context.notes;
}

/**
 * What earlier runs have written into a directory: a file that is still so may be replaced by a newer one, and one that is not
 * was changed by somebody. Kept outside the directory, which is the user's.
 */
export class SavedNotes {
  readonly #path: string | undefined;
  readonly #digests = new Map<string, Digest>();

  private constructor(path: string | undefined) {
    this.#path = path;
  }

  static async open(directory: string, context: RunContext): Promise<SavedNotes> {
    const notes = notesOf(context);
    const name = sha256(resolve(directory)).slice('sha256:'.length, 'sha256:'.length + 32);
    const opened = new SavedNotes(notes === undefined ? undefined : join(notes, 'saved', `${name}.json`));
    await opened.#read();
    return opened;
  }

  /** The digest under which a file was written here, if it was. */
  digestOf(path: string): Digest | undefined {
    return this.#digests.get(path);
  }

  /** A note that cannot be kept costs a question later, and no file. */
  async keep(path: string, digest: Digest): Promise<void> {
    if (this.#path === undefined || this.#digests.get(path) === digest) return;
    this.#digests.set(path, digest);
    const temporary = `${this.#path}.${randomUUID()}`;
    try {
      await mkdir(join(this.#path, '..'), { recursive: true, mode: 0o700 });
      await writeFile(temporary, JSON.stringify(Object.fromEntries(this.#digests)), { mode: 0o600 });
      await rename(temporary, this.#path);
    } catch {
      // Read-only or full: the files themselves are there.
    }
  }

  async #read(): Promise<void> {
    if (this.#path === undefined) return;
    try {
      const known = JSON.parse(await readFile(this.#path, 'utf8')) as unknown;
      for (const [path, digest] of Object.entries(known as object))
        if (isDigest(digest)) this.#digests.set(path, digest);
    } catch {
      // None yet, or one that is no longer readable.
    }
  }
}
