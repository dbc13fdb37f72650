import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { diskError, isDigest, isMissing, readRegular, SlipwayError, type Digest } from '../core/index.js';
import { sha256 } from './digest-of.js';
import { writeLocalFile } from './local-file.js';
import { makePrivateFolders } from './private-folder.js';

/** A record holds less than this. */
const RECORD_LIMIT = 16 * 1024 * 1024;
const HEX = /^[0-9a-f]{64}$/;

/** Small texts of a store under keys, each with a seal in front that tells it from what a disk made of it. */
export class StoreRecords {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** A record by its key, or `undefined`: also for one that is not what was written. */
  async read(key: Digest): Promise<string | undefined> {
    let text: string;
    try {
      text = (await readRegular(this.#path(key), RECORD_LIMIT, { noLink: true })).toString('utf8');
    } catch (error) {
      if (SlipwayError.is(error) && error.code === 'NOT_FOUND') return undefined;
      throw diskError(error, this.#directory);
    }
    const at = text.indexOf('\n');
    const content = text.slice(at + 1);
    return text.slice(0, at) === sealOf(key, content) ? content : undefined;
  }

  /** Keeps a small text under a key, replacing what was there. A seal in front tells it from what a disk made of it. */
  async write(key: Digest, text: string): Promise<void> {
    await makePrivateFolders(this.#directory, ['records']);
    const bytes = new TextEncoder().encode(`${sealOf(key, text)}\n${text}`);
    await writeLocalFile(this.#path(key), singleChunk(bytes), undefined, 0o600);
  }

  #path(key: Digest): string {
    return join(this.#directory, 'records', `${hexOf(key)}.json`);
  }

  /** Removes what is not what was written; how many there were. */
  async removeDamaged(): Promise<number> {
    let removed = 0;
    for (const name of await namesIn(join(this.#directory, 'records'))) {
      const hex = name.replace(/\.json$/, '');
      if (!HEX.test(hex) || (await this.read(`sha256:${hex}`)) !== undefined) continue;
      await rm(join(this.#directory, 'records', name), { force: true });
      removed++;
    }
    return removed;
  }
}

/** Over the key too: a record in another's place is none. */
function sealOf(key: Digest, text: string): string {
  return sha256(`${key}\n${text}`);
}

/** Names in a folder of a store, in their order; none where there is no such folder. */
export async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw diskError(error, folder);
  });
  return names.toSorted();
}

async function* singleChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** The hexadecimal part of a digest. Throws `DIGEST_MISMATCH` for what is none. */
export function hexOf(digest: Digest): string {
  if (!isDigest(digest)) throw new SlipwayError('DIGEST_MISMATCH', `'${String(digest)}' is not a sha256 digest`);
  return digest.slice('sha256:'.length);
}
