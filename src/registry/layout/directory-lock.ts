import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError, throwIfAborted } from '../../core/index.js';

/** A lock is held for milliseconds; one this old was left behind, whoever held it. */
const STALE_MS = 60_000;
const PATIENCE_MS = 120_000;

/**
 * Runs `work` while no other process (or call) holds the lock file. A lock whose holder died, on this machine, or that
 * is a minute old is taken over. `staging` is a directory for files that may be thrown away.
 * Throws `TARGET_EXISTS` when it stays held.
 */
export async function withLock<T>(
  path: string,
  staging: string,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  await mkdir(staging, { recursive: true });
  const mine = join(staging, `lock-${process.pid}-${randomUUID()}`);
  await writeFile(mine, JSON.stringify({ pid: process.pid, host: hostname(), id: mine }), { flag: 'wx', mode: 0o600 });
  try {
    await acquire(path, mine, signal);
    try {
      return await work();
    } finally {
      await rm(path, { force: true });
    }
  } finally {
    await rm(mine, { force: true });
  }
}

/** A hard link appears with its content or not at all, so a lock never stands there without its holder's name. */
async function acquire(path: string, mine: string, signal: AbortSignal | undefined): Promise<void> {
  const started = performance.now();
  for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 2, 50)) {
    throwIfAborted(signal);
    try {
      await link(mine, path);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const left = await leftBehind(path);
    if (left !== undefined) await takeAway(path, `${mine}-old`, left);
    if (performance.now() - started > PATIENCE_MS) throw held(path);
    await sleep(pauseMs + Math.random() * pauseMs);
  }
}

/** What an abandoned lock says, or `undefined` for one that is held. */
async function leftBehind(path: string): Promise<string | undefined> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    if (Date.now() - mtimeMs > STALE_MS) return text;
    const holder = JSON.parse(text) as { pid?: unknown; host?: unknown };
    const dead = holder.host === hostname() && typeof holder.pid === 'number' && !isAlive(holder.pid);
    return dead ? text : undefined;
  } catch {
    // Gone or unreadable this moment: look again.
    return undefined;
  }
}

/** Moves an abandoned lock aside. Another waiter may have been faster: then what was moved is its lock, and goes back. */
async function takeAway(path: string, aside: string, expected: string): Promise<void> {
  try {
    await rename(path, aside);
    if ((await readFile(aside, 'utf8')) !== expected) await link(aside, path);
  } catch {
    // Someone else has taken it away.
  } finally {
    await rm(aside, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
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
