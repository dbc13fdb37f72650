import { readdir, readlink, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readRegularText, SlipwayError } from '../core/index.js';
import type { ModelFile } from '../files/index.js';
import { diskFile } from './disk-file.js';
import type { HubEntry, HubRevision } from './hub-client.js';
import { verifiedFile, type Announced } from './verified-file.js';

/**
 * The cache of the Python client (huggingface_hub), which is never written to:
 * `models--ORG--NAME/{refs/REVISION, snapshots/COMMIT/PATH → ../../blobs/ID, blobs/ID}`, where ID is the sha256 of large files and git's id of small ones.
 */
export interface HubCache {
  /** The file's content when the cache holds it, verified like a download; else `undefined`. */
  file(repository: string, entry: HubEntry): Promise<ModelFile | undefined>;
  /** What the cache knows of a revision, for work without a network. Throws `OFFLINE` when it does not hold it. */
  snapshot(repository: string, requested: string): Promise<{ revision: HubRevision; files: ModelFile[] }>;
}

const COMMIT = /^[0-9a-f]{40}$/;
const BLOB = /^([0-9a-f]{40}|[0-9a-f]{64})$/;

/** Opens the cache in a directory (`undefined`: there is none). */
export function openHubCache(directory: string | undefined): HubCache {
  const folder = (repository: string): string | undefined =>
    directory === undefined ? undefined : join(directory, `models--${repository.split('/').join('--')}`);
  return {
    async file(repository, entry) {
      const id = blobId(entry.announced);
      const root = folder(repository);
      if (root === undefined || id === undefined) return undefined;
      return blobFile(join(root, 'blobs', id), entry.path, entry.announced, entry.size);
    },
    async snapshot(repository, requested) {
      const root = folder(repository);
      const commit = root === undefined ? undefined : await cachedCommit(root, requested);
      if (root === undefined || commit === undefined) throw notCached(repository, requested);
      const files = await snapshotFiles(root, commit);
      if (files.length === 0) throw notCached(repository, requested);
      return { revision: { repository, commit }, files };
    },
  };
}

function blobId(announced: Announced): string | undefined {
  if (announced === undefined) return undefined;
  return 'sha256' in announced ? announced.sha256.slice('sha256:'.length) : announced.gitBlob;
}

async function blobFile(
  location: string,
  path: string,
  announced: Announced,
  size?: number,
): Promise<ModelFile | undefined> {
  const found = await stat(location).catch(() => undefined);
  if (found === undefined || !found.isFile() || (size !== undefined && found.size !== size)) return undefined;
  return verifiedFile(diskFile(path, location, found), announced);
}

async function cachedCommit(root: string, requested: string): Promise<string | undefined> {
  if (COMMIT.test(requested)) return requested;
  const text = await readRegularText(join(root, 'refs', ...requested.split('/'))).catch(() => '');
  const commit = text.trim();
  return COMMIT.test(commit) ? commit : undefined;
}

async function snapshotFiles(root: string, commit: string): Promise<ModelFile[]> {
  const folder = join(root, 'snapshots', commit);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files: ModelFile[] = [];
  for (const entry of entries) {
    const location = join(entry.parentPath, entry.name);
    const path = location.slice(folder.length + 1).replaceAll('\\', '/');
    const file = entry.isSymbolicLink()
      ? await linkedFile(root, location, path)
      : entry.isFile()
        ? await blobFile(location, path, undefined)
        : undefined;
    if (file !== undefined) files.push(file);
  }
  return files;
}

/** Links of the cache are not followed: only the id at their end is believed, and the blob is opened by it. */
async function linkedFile(root: string, location: string, path: string): Promise<ModelFile | undefined> {
  const id = basename(await readlink(location));
  if (!BLOB.test(id)) return undefined;
  const announced: Announced = id.length === 64 ? { sha256: `sha256:${id}` } : { gitBlob: id };
  return blobFile(join(root, 'blobs', id), path, announced);
}

function notCached(repository: string, revision: string): SlipwayError {
  return new SlipwayError('OFFLINE', `'${repository}' at '${revision}' is not in the local Hugging Face cache`, {
    got: 'no network wanted (offline)',
    try: [`hf download ${repository}   while there is a network`, 'unset HF_HUB_OFFLINE'],
  });
}
