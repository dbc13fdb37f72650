import { mkdtemp, rename, rm, writeFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SlipwayError } from '../../core/index.js';
import { formatSpace, freeSpace } from '../../run/index.js';
import type { DoctorCheck } from './check.js';

const LITTLE_SPACE = 5 * 1024 ** 3;

export const spaceCheck: DoctorCheck = {
  name: 'disk',
  run: async ({ home }) => {
    const free = await freeSpace(home);
    if (free === undefined) return { state: 'warn', fact: `the system does not say how much is free at ${home}` };
    const fact = `${formatSpace(free)} free at ${home}`;
    return free < LITTLE_SPACE
      ? { state: 'warn', fact, fix: "PIPELINE_HOME=/larger/disk, or store: 'none'" }
      : { state: 'ok', fact };
  },
};

export const writeCheck: DoctorCheck = {
  name: 'store',
  run: async ({ home, directory }) => {
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
