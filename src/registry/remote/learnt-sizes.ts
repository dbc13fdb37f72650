import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { sha256 } from '../../files/index.js';

/** Proxies are set up anew now and then: what was learnt longer ago is learnt again. */
const OLDEST_MS = 30 * 24 * 3_600_000;

/** What earlier runs learnt of a host. */
export interface LearntSizes {
  /** Bytes of the largest body that got through; `undefined` when nothing was ever refused for its size. */
  largest(host: string): number | undefined;
  keep(host: string, largest: number): void;
}

/** {@link LearntSizes} in a directory, one small file a host. One that cannot be read or written costs some requests. */
export function openLearntSizes(directory: string): LearntSizes {
  const pathOf = (host: string): string => join(directory, `${sha256(host).slice('sha256:'.length)}.json`);
  return {
    largest(host) {
      try {
        const { largest, at } = JSON.parse(readFileSync(pathOf(host), 'utf8')) as { largest?: unknown; at?: unknown };
        const isFresh = typeof at === 'number' && Date.now() - at < OLDEST_MS;
        return isFresh && Number.isSafeInteger(largest) && Number(largest) > 0 ? Number(largest) : undefined;
      } catch {
        return undefined;
      }
    },
    keep(host, largest) {
      try {
        const temporary = `${pathOf(host)}.${randomUUID()}`;
        mkdirSync(directory, { recursive: true, mode: 0o700 });
        writeFileSync(temporary, JSON.stringify({ host, largest, at: Date.now() }), { mode: 0o600 });
        renameSync(temporary, pathOf(host));
      } catch {
        // Learnt again by the next run.
      }
    },
  };
}
