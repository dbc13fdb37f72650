import { randomBytes } from 'node:crypto';
import { lstat, readdir, rename, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { isGone, isMissing, ownMark } from '../core/index.js';

/** A file that was not written to for so long is abandoned, if its writer cannot be asked. */
const LEASE_MS = 30_000;
const RENEW_MS = 5000;

/** What a transfer writes to: no other transfer writes to a file of this name. */
export interface ClaimedPartial {
  readonly path: string;
  /** Gives the complete file its final name; `false` when another process has taken it away as left behind. */
  complete(finalPath: string): Promise<boolean>;
  /** Leaves what there is for the next transfer of the same blob. */
  release(): Promise<void>;
  discard(): Promise<void>;
}

/**
 * Begins, or goes on with, the transfer of a blob. What an ended process left is taken over by giving it a name of our
 * own, which only one of several can do; what a living one writes is left alone, and the transfer begins afresh.
 */
export async function claimPartial(folder: string, hex: string): Promise<ClaimedPartial> {
  const free = join(folder, hex);
  const path = join(folder, `${hex}.${ownMark()}.${randomBytes(4).toString('hex')}`);
  for (const name of await adoptable(folder, hex)) {
    if (await renamed(join(folder, name), path)) break;
  }
  const renewal = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, RENEW_MS);
  renewal.unref();
  const end = <T>(work: () => Promise<T>): Promise<T> => {
    clearInterval(renewal);
    return work();
  };
  return {
    path,
    complete: (finalPath) => end(() => renamed(path, finalPath)),
    release: () => end(() => leave(path, free)),
    discard: () => end(() => rm(path, { force: true })),
  };
}

/** Names of what other transfers of the blob left, the longest first. Links and files of other accounts are none. */
async function adoptable(folder: string, hex: string): Promise<string[]> {
  const found: { readonly name: string; readonly size: number }[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    if (name !== hex && !name.startsWith(`${hex}.`)) continue;
    const facts = await lstat(join(folder, name)).catch(() => undefined);
    if (facts === undefined || !facts.isFile() || facts.nlink !== 1 || !isOwn(facts.uid)) continue;
    const [, mark] = name.split('.');
    const isLeft = mark === undefined || isGone(mark) || Date.now() - facts.mtimeMs > LEASE_MS;
    if (isLeft) found.push({ name, size: facts.size });
  }
  return found.toSorted((a, b) => b.size - a.size).map(({ name }) => name);
}

/** Whether an account's number is that of this process; where there are no numbers everything is. */
export function isOwn(uid: number): boolean {
  return process.geteuid === undefined || process.geteuid() === uid;
}

async function leave(path: string, free: string): Promise<void> {
  const [mine, other] = await Promise.all([lstat(path).catch(() => undefined), lstat(free).catch(() => undefined)]);
  if (mine === undefined) return;
  if (mine.size === 0 || (other !== undefined && other.size >= mine.size)) await rm(path, { force: true });
  else await renamed(path, free);
}

async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
