import { constants, existsSync } from 'node:fs';
import { lstat, mkdir, open, realpath, type FileHandle } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { diskError, openRegular, SlipwayError, type Digest } from '../core/index.js';
import { digestOf } from './digest-of.js';
import { partNames, stageResumed, type KeptPartOptions } from './kept-part.js';
import { stageLocalFile, type StagedFile } from './local-file.js';
import type { ModelFile } from './model-file.js';
import { readChunks } from './read-chunks.js';
import { localRelativePath } from './safe-path.js';

/** A name of the kernel for an open directory: what is opened through it lies in that very directory (proc(5)). */
const DESCRIPTORS = '/proc/self/fd';
// oxlint-disable-next-line no-bitwise -- flags of open(2)
const FOLDER = constants.O_RDONLY | ((constants.O_DIRECTORY as number | undefined) ?? 0);
// oxlint-disable-next-line no-bitwise -- flags of open(2)
const OWN_FOLDER = FOLDER | ((constants.O_NOFOLLOW as number | undefined) ?? 0);

/** What stands where a file is to be written. */
export type Present = 'nothing' | 'the same' | 'something else';

/**
 * A directory that strangers' files are written to, and nowhere else: folders below it are opened one by one without following
 * links, and files are made in the folder that was opened, wherever its name may lead meanwhile. Where the system has no
 * names for open directories the place is looked at before and after.
 */
export class OutputFolder {
  readonly #root: string;
  readonly #byDescriptor: boolean;
  readonly #folders = new Map<string, Promise<Folder>>();
  /** What earlier processes have left in each folder. */
  readonly #parts = new Map<Folder, Promise<readonly string[]>>();

  private constructor(root: string) {
    this.#root = root;
    this.#byDescriptor = process.platform === 'linux' && existsSync(DESCRIPTORS);
  }

  /** Opens (and makes) the directory; to be closed. It may itself be a link: that is the user's own. */
  static async open(directory: string): Promise<OutputFolder> {
    try {
      await mkdir(directory, { recursive: true });
      return new OutputFolder(await realpath(directory));
    } catch (error) {
      throw diskError(error, directory);
    }
  }

  /** What is there already. Throws `PATH_UNSAFE` when the path leads through a link. */
  async look(
    path: string,
    expected: { readonly size: number; readonly digest?: Digest | undefined },
  ): Promise<Present> {
    const { place, shown } = await this.#place(path, false);
    if (place === undefined) return 'nothing';
    const facts = await lstat(place).catch(() => undefined);
    if (facts === undefined) return 'nothing';
    if (!facts.isFile() || facts.size !== expected.size) return 'something else';
    if (expected.digest === undefined) return 'something else';
    return (await digestAt(place, shown)) === expected.digest ? 'the same' : 'something else';
  }

  /** Whether a regular file of this size is there. */
  async isFile(path: string, size: number): Promise<boolean> {
    const { place } = await this.#place(path, false);
    const facts = place === undefined ? undefined : await lstat(place).catch(() => undefined);
    return facts?.isFile() === true && facts.size === size;
  }

  /** Writes a file under a temporary name in its folder, as `stageLocalFile` does. */
  async stage(
    path: string,
    content: AsyncIterable<Uint8Array>,
    expected: { readonly size: number; readonly digest?: Digest },
    signal?: AbortSignal,
  ): Promise<StagedFile> {
    const { place, shown, folder } = await this.#place(path, true);
    if (place === undefined || folder === undefined) throw throughLink(shown);
    await folder.check();
    const staged = await stageLocalFile(place, content, expected, signal).catch((error: unknown) => {
      throw renamedError(error, place, shown);
    });
    return committing(staged, place, shown, folder);
  }

  /** The same for a file whose digest is known: goes on with what an interrupted process has left of it. */
  async stageResumed(
    path: string,
    file: ModelFile & { readonly digest: Digest },
    options: KeptPartOptions,
  ): Promise<StagedFile> {
    const { place, shown, folder } = await this.#place(path, true);
    if (place === undefined || folder === undefined) throw throughLink(shown);
    await folder.check();
    const staged = await this.#partsIn(folder)
      .then((parts) => stageResumed(place, file, { ...options, parts }))
      .catch((error: unknown) => {
        throw renamedError(error, place, shown);
      });
    return committing(staged, place, shown, folder);
  }

  #partsIn(folder: Folder): Promise<readonly string[]> {
    const known = this.#parts.get(folder) ?? partNames(folder.path);
    this.#parts.set(folder, known);
    return known;
  }

  async close(): Promise<void> {
    for (const folder of this.#folders.values()) {
      await folder.then(({ handle }) => handle?.close()).catch(() => {});
    }
    this.#folders.clear();
    this.#parts.clear();
  }

  async #place(
    path: string,
    make: boolean,
  ): Promise<{ readonly place: string | undefined; readonly shown: string; readonly folder: Folder | undefined }> {
    const segments = localRelativePath(path).split('/');
    const name = segments.pop() ?? '';
    const shown = join(this.#root, ...segments, name);
    const folder = await this.#folder(segments, make);
    return { place: folder === undefined ? undefined : join(folder.path, name), shown, folder };
  }

  async #folder(segments: readonly string[], make: boolean): Promise<Folder | undefined> {
    const key = segments.join('/');
    const known = this.#folders.get(key);
    if (known !== undefined) return known;
    const [parent, name] = [segments.slice(0, -1), segments.at(-1)];
    const above = name === undefined ? undefined : await this.#folder(parent, make);
    if (name !== undefined && above === undefined) return undefined;
    const path = above === undefined || name === undefined ? this.#root : join(above.path, name);
    const shown = join(this.#root, ...segments);
    if (name !== undefined && !make && (await lstat(path).catch(() => undefined)) === undefined) return undefined;
    const opened = this.#open(path, shown, { make: make && name !== undefined, own: name !== undefined });
    this.#folders.set(key, opened);
    return opened;
  }

  async #open(path: string, shown: string, { make, own }: { make: boolean; own: boolean }): Promise<Folder> {
    try {
      if (make) await mkdir(path).catch(unlessExists);
      if (!this.#byDescriptor) return await checkedFolder(path, this.#root);
      const handle = await open(path, own ? OWN_FOLDER : FOLDER);
      return { path: `${DESCRIPTORS}/${handle.fd}`, handle, check: async () => {} };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (own && (code === 'ELOOP' || code === 'ENOTDIR')) throw throughLink(shown);
      throw renamedError(error, path, shown);
    }
  }
}

interface Folder {
  /** What files in it are reached by. */
  readonly path: string;
  readonly handle: FileHandle | undefined;
  /** Throws `PATH_UNSAFE` when the path leads elsewhere by now. */
  check(): Promise<void>;
}

function committing(staged: StagedFile, place: string, shown: string, folder: Folder): StagedFile {
  return {
    ...staged,
    path: shown,
    commit: async () => {
      await folder.check();
      const there = await lstat(place).catch(() => undefined);
      // A directory cannot be replaced, and a link that is replaced is gone: both are the user's.
      if (there !== undefined && !there.isFile()) throw notFile(shown);
      await staged.commit();
    },
  };
}

async function checkedFolder(path: string, root: string): Promise<Folder> {
  const check = async (): Promise<void> => {
    const facts = await lstat(path);
    const real = await realpath(path);
    const inside = real === root || real.startsWith(root.endsWith(sep) ? root : root + sep);
    if (!facts.isDirectory() || !inside || real !== path) throw throughLink(path);
  };
  await check();
  return { path, handle: undefined, check };
}

function unlessExists(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
}

async function digestAt(place: string, shown: string): Promise<Digest> {
  try {
    const handle = await openRegular(place, { noLink: true });
    try {
      const { size } = await handle.stat();
      return (await digestOf(readChunks(handle, { start: 0, end: size }), size)).digest;
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw renamedError(error, place, shown);
  }
}

/** The error in terms of the path that a person knows. */
function renamedError(error: unknown, place: string, shown: string): unknown {
  const known = diskError(error, shown);
  if (!SlipwayError.is(known) || known.details.where !== place) return known;
  return new SlipwayError(known.code, known.message.replaceAll(place, shown), { ...known.details, where: shown });
}

function throughLink(path: string): SlipwayError {
  return new SlipwayError('PATH_UNSAFE', `'${path}' is a link, or no directory: nothing is written through it`, {
    where: path,
    got: 'a folder of the destination that may lead out of it',
    try: ['remove the link', `or choose another directory than ${dirname(path)}`],
  });
}

function notFile(path: string): SlipwayError {
  return new SlipwayError('TARGET_EXISTS', `'${path}' is there, and is no regular file`, {
    where: path,
    got: 'a directory, a link or a device: it is not replaced',
    try: 'remove it, or choose another directory',
  });
}
