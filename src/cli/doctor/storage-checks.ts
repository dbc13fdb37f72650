import { chmod, lstat, mkdtemp, rename, rm, writeFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SlipwayError } from '../../core/index.js';
import { DiskStore } from '../../files/index.js';
import { formatBytes, formatSpace, freeSpace } from '../../run/index.js';
import type { CheckResult, DoctorCheck } from './check.js';

const LITTLE_SPACE = 5 * 1024 ** 3;
/** What was stored longer ago than this is not what the next run goes on with. */
const OLD_MS = 30 * 24 * 3600 * 1000;
const OWNER = 0o700;

export const spaceCheck: DoctorCheck = {
  name: 'disk',
  run: async ({ home }) => {
    const free = await freeSpace(home);
    if (free === undefined) return { state: 'warn', fact: `the system does not say how much is free at ${home}` };
    const fact = `${formatSpace(free)} free at ${home}`;
    if (free >= LITTLE_SPACE) return { state: 'ok', fact };
    const store = new DiskStore(join(home, 'store'));
    const old = await store.prune({ olderThanMs: OLD_MS, dryRun: true });
    if (old.length === 0) return { state: 'warn', fact, fix: "PIPELINE_HOME=/larger/disk, or store: 'none'" };
    const bytes = formatBytes(old.reduce((sum, { size }) => sum + size, 0));
    return {
      state: 'warn',
      fact,
      fix: `pipeline cache prune --older-than 30d   (frees ${bytes})`,
      mend: async () => {
        await store.prune({ olderThanMs: OLD_MS });
        return `removed ${bytes} that was stored more than 30 days ago`;
      },
    };
  },
};

export const writeCheck: DoctorCheck = {
  name: 'store',
  run: async ({ home, directory }) => {
    const locked = await lockedDirectory(home);
    if (locked !== undefined) return locked;
    // The store's own directory need not exist before the first run; nothing is left behind here.
    const parent = await mkdir(home, { recursive: true });
    let temporary: string | undefined;
    try {
      temporary = await mkdtemp(join(home, 'doctor-'));
      await writeFile(join(temporary, 'a'), 'x');
      await rename(join(temporary, 'a'), join(temporary, 'b'));
      return { state: 'ok', fact: `files can be written and renamed in ${home}` };
    } catch (cause) {
      throw new SlipwayError('DISK_PERMISSION', `'${home}' cannot be written`, {
        cause,
        try: `PIPELINE_HOME=… (a directory you own), started in ${directory}`,
      });
    } finally {
      if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
      if (parent !== undefined) await rm(parent, { recursive: true, force: true });
    }
  },
};

/** A directory of the user's own whose mode keeps its owner out. */
async function lockedDirectory(home: string): Promise<Omit<CheckResult, 'name'> | undefined> {
  const facts = await lstat(home).catch(() => undefined);
  const isOwn = facts !== undefined && facts.isDirectory() && facts.uid === process.geteuid?.();
  if (!isOwn || (facts.mode & OWNER) === OWNER) return undefined;
  return {
    state: 'fail',
    fact: `'${home}' is yours, and its mode ${(facts.mode & 0o777).toString(8)} keeps you out`,
    code: 'DISK_PERMISSION',
    fix: `chmod u+rwx ${home}`,
    mend: async () => {
      await chmod(home, facts.mode | OWNER);
      return `you may read and write ${home} now`;
    },
  };
}
