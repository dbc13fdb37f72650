import { randomUUID } from 'node:crypto';
import { link, mkdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  diskError,
  isGone,
  isMissing,
  ownMark,
  readRegularText,
  SlipwayError,
  throwIfAborted,
} from '../../core/index.js';

/** A lock is held for milliseconds. Its holder says so often that it still works; without a word for this long it is taken over. */
const LEASE_MS = 3000;
const RENEW_MS = 500;
const PATIENCE_MS = 120_000;

/** A lock that is held. */
export interface HeldLock {
  /**
   * Where the holder writes what it is about to give a final name. It is taken away with the lock, so that a holder that
   * slept through its lease cannot finish: the renaming fails.
   */
  readonly staged: string;
  /** Throws {@link LockLost} when the lock was taken over. To be asked when `staged` is written, before it is renamed. */
  assertHeld(): Promise<void>;
}

/** The lock was taken over while its holder slept: what was done under it has to be done again. */
export class LockLost extends Error {}

/** What says that a lock is still held: any change of it. */
interface Seen {
  readonly text: string;
  readonly state: string;
  readonly since: number;
}

/**
 * Runs `work` while no other process (or call) holds the lock file. A lock whose holder has ended, or has not renewed it for
 * three seconds of the waiter's own time, is taken over: neither clocks nor process ids of other machines are believed.
 * `staging` is a directory for files that may be thrown away. Work that lost its lock is done again.
 * Throws `TARGET_EXISTS` when it stays held.
 */
export async function withLock<T>(
  path: string,
  staging: string,
  work: (lock: HeldLock) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const started = performance.now();
  for (;;) {
    const id = `${ownMark()}-${randomUUID()}`;
    const mine = join(staging, `lock-${id}`);
    await writeLock(staging, mine, id);
    try {
      await acquire(path, mine, { started, signal });
      return await holding(path, staging, id, work);
    } catch (error) {
      if (!(error instanceof LockLost)) throw error;
    } finally {
      await rm(mine, { force: true });
    }
  }
}

async function writeLock(staging: string, mine: string, id: string): Promise<void> {
  const text = JSON.stringify({ id, pid: process.pid, host: hostname() });
  try {
    await mkdir(staging, { recursive: true });
    await writeFile(mine, text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    // A collection of garbage removes the directory when it is empty.
    if (!isMissing(error)) throw diskError(error, staging);
    await mkdir(staging, { recursive: true });
    await writeFile(mine, text, { flag: 'wx', mode: 0o600 });
  }
}

async function holding<T>(path: string, staging: string, id: string, work: (lock: HeldLock) => Promise<T>): Promise<T> {
  const isMine = async (): Promise<boolean> => idOf(await contentOf(path)) === id;
  const renewal = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, RENEW_MS);
  renewal.unref();
  try {
    return await work({
      staged: stagedBy(staging, id),
      assertHeld: async () => {
        if (!(await isMine())) throw new LockLost();
      },
    });
  } finally {
    clearInterval(renewal);
    if (await isMine()) await rm(path, { force: true });
  }
}

/** A hard link appears with its content or not at all, so a lock never stands there without its holder's name. */
async function acquire(
  path: string,
  mine: string,
  { started, signal }: { readonly started: number; readonly signal: AbortSignal | undefined },
): Promise<void> {
  let seen: Seen | undefined;
  for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 2, 50)) {
    throwIfAborted(signal);
    try {
      await link(mine, path);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw diskError(error, path);
    }
    seen = await look(path, seen);
    if (seen !== undefined && isLeft(seen)) await takeAway(path, mine, seen.text);
    if (performance.now() - started > PATIENCE_MS) throw held(path);
    await sleep(pauseMs + Math.random() * pauseMs);
  }
}

async function look(path: string, before: Seen | undefined): Promise<Seen | undefined> {
  try {
    const [text, facts] = await Promise.all([contentOf(path), stat(path, { bigint: true })]);
    const state = `${facts.ino} ${facts.mtimeNs} ${text}`;
    return before?.state === state ? before : { text, state, since: performance.now() };
  } catch {
    // Gone or unreadable this moment: look again.
    return undefined;
  }
}

function isLeft({ text, since }: Seen): boolean {
  return performance.now() - since > LEASE_MS || isGone(idOf(text)?.split('-').slice(0, 3).join('-') ?? '');
}

/** Moves an abandoned lock aside. Another waiter may have been faster: then what was moved is its lock, and goes back. */
async function takeAway(path: string, mine: string, expected: string): Promise<void> {
  const aside = `${mine}-old`;
  try {
    await rename(path, aside);
    if ((await contentOf(aside)) !== expected) await link(aside, path);
    else await rm(stagedBy(join(mine, '..'), idOf(expected) ?? ''), { force: true });
  } catch {
    // Another waiter has taken it away.
  } finally {
    await rm(aside, { force: true });
  }
}

function stagedBy(staging: string, id: string): string {
  return join(staging, `index-${id}`);
}

/** An empty text for a lock that is not there. */
async function contentOf(path: string): Promise<string> {
  return readRegularText(path, 4096).catch(() => '');
}

function idOf(text: string): string | undefined {
  try {
    const { id } = JSON.parse(text) as { id?: unknown };
    return typeof id === 'string' && /^[0-9a-f-]{1,120}$/.test(id) ? id : undefined;
  } catch {
    return undefined;
  }
}

function held(path: string): SlipwayError {
  return new SlipwayError('TARGET_EXISTS', `another process keeps '${path}' locked`, {
    where: path,
    got: `waited ${PATIENCE_MS / 1000} s`,
    try: `rm '${path}' if no other process is at work there`,
    retryable: true,
  });
}
