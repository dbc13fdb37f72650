import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf, memoryFile, readLocalFile, type ModelFile } from '../files/index.js';

/** Files of a repository: built ones, name → content, or the path of a directory. */
export type HubFiles = readonly ModelFile[] | Readonly<Record<string, Uint8Array | string>> | string;

export interface HubRepositoryOptions {
  readonly files: HubFiles;
  /** Needs a token with access, and looks missing without one. */
  readonly private?: boolean;
  /** Listed for everyone; its files need a token with access. */
  readonly gated?: boolean;
  /** Every request is redirected to this name. */
  readonly renamedTo?: string;
  /** Date of the first commit. */
  readonly committedAt?: string;
  /** Tags and branches beside `main`, each with its own files. */
  readonly revisions?: Readonly<Record<string, HubFiles>>;
}

/** A file with the ids that the Hub announces for it. */
export interface HubBlob {
  readonly file: ModelFile;
  /** Kept in LFS: known by its sha256, served by the storage host. */
  readonly lfs: boolean;
  /** sha256 (LFS) or git blob id, computed when first asked for. */
  id(): Promise<string>;
}

export interface HubCommit {
  readonly id: string;
  readonly date: string;
  readonly title: string;
  readonly blobs: ReadonlyMap<string, HubBlob>;
}

const LFS_KINDS = /\.(safetensors|gguf|bin|pt|onnx|model)$/;
const LFS_SIZE = 1024 * 1024;

/** A repository with its history, as the test Hub keeps it. */
export class HubRepository {
  readonly name: string;
  readonly options: HubRepositoryOptions;
  readonly #commits = new Map<string, HubCommit>();
  readonly #references = new Map<string, string>();

  constructor(name: string, options: HubRepositoryOptions) {
    this.name = name;
    this.options = options;
    for (const [reference, files] of Object.entries(options.revisions ?? {})) this.commit(files, reference);
    this.commit(options.files, 'main');
  }

  /** Adds a commit and moves a branch or tag to it; the commits before stay reachable by their ids. */
  commit(files: HubFiles, reference = 'main'): HubCommit {
    const list = modelFiles(files);
    const number = this.#commits.size;
    const facts = list.map((file) => `${file.path} ${file.size}`).join('\n');
    const start = Date.parse(this.options.committedAt ?? '2026-01-05T10:00:00Z');
    const commit: HubCommit = {
      id: createHash('sha1').update(`${this.name}\n${number}\n${facts}`).digest('hex'),
      date: new Date(start + number * 60_000).toISOString(),
      title: `Commit ${number}`,
      blobs: new Map(list.map((file) => [file.path, hubBlob(file)])),
    };
    this.#commits.set(commit.id, commit);
    this.#references.set(reference, commit.id);
    return commit;
  }

  /** The commit of a branch, tag or id. */
  at(revision: string): HubCommit | undefined {
    return this.#commits.get(this.#references.get(revision === 'HEAD' ? 'main' : revision) ?? revision);
  }
}

function hubBlob(file: ModelFile): HubBlob {
  const lfs = LFS_KINDS.test(file.path) || file.size > LFS_SIZE;
  let id: Promise<string> | undefined;
  return {
    file,
    lfs,
    id: () => (id ??= lfs ? lfsId(file) : gitBlobId(file)),
  };
}

async function lfsId(file: ModelFile): Promise<string> {
  return (file.digest ?? (await digestOf(file.read())).digest).slice('sha256:'.length);
}

async function gitBlobId(file: ModelFile): Promise<string> {
  const hash = createHash('sha1').update(`blob ${file.size}\0`);
  for await (const chunk of file.read()) hash.update(chunk);
  return hash.digest('hex');
}

function modelFiles(files: HubFiles): readonly ModelFile[] {
  if (typeof files === 'string') return directoryFiles(files);
  if (isList(files)) return files;
  return Object.entries(files).map(([path, content]) => memoryFile(path, content));
}

function isList(files: HubFiles): files is readonly ModelFile[] {
  return Array.isArray(files);
}

function directoryFiles(directory: string): ModelFile[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => ({ path: name.replaceAll('\\', '/'), location: join(directory, name) }))
    .filter(({ location }) => statSync(location).isFile())
    .map(({ path, location }) => ({
      path,
      size: statSync(location).size,
      read: (range, signal, hints) => readLocalFile(location, range, signal, hints),
    }));
}
