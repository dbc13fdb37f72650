import { randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readRegularText } from '../../core/index.js';
import { sha256 } from '../../files/index.js';

/** Proxies are set up anew now and then: what was learnt longer ago is learnt again. */
const OLDEST_MS = 30 * 24 * 3_600_000;

/** What earlier runs learnt of a host. */
export interface LearntSizes {
  /** Bytes of the largest body that got through; `undefined` when nothing was ever refused for its size. */
  largest(host: string): Promise<number | undefined>;
  keep(host: string, largest: number): Promise<void>;
}

/** {@link LearntSizes} in a directory, one small file a host. One that cannot be read or written costs some requests. */
export function openLearntSizes(directory: string): LearntSizes {
  const pathOf = (host: string): string => join(directory, `${sha256(host).slice('sha256:'.length)}.json`);
  return {
    async largest(host) {
      try {
        const { largest, at } = JSON.parse(await readRegularText(pathOf(host))) as { largest?: unknown; at?: unknown };
        const isFresh = typeof at === 'number' && Date.now() - at < OLDEST_MS;
        return isFresh && Number.isSafeInteger(largest) && Number(largest) > 0 ? Number(largest) : undefined;
      } catch {
        return undefined;
      }
    },
    async keep(host, largest) {
      try {
        const temporary = `${pathOf(host)}.${randomUUID()}`;
        await mkdir(directory, { recursive: true, mode: 0o700 });
        await writeFile(temporary, JSON.stringify({ host, largest, at: Date.now() }), { mode: 0o600 });
        await rename(temporary, pathOf(host));
      } catch {
        // Learnt again by the next run.
      }
    },
  };
}
