import { chmod, lstat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { ownAuthFile } from '../../registry/index.js';
import { findHubToken } from '../../source/index.js';
import type { DoctorCheck } from './check.js';

/** Bits of a mode that let others read or write. */
const OTHERS = 0o077;

/** Files with passwords and tokens that others could read. Windows has no such bits: what a profile holds is its owner's. */
export const secretFilesCheck: DoctorCheck = {
  name: 'secrets',
  run: async ({ env }) => {
    const token = await findHubToken(env);
    const files = [ownAuthFile(env), token?.origin].filter(
      (path) => path !== undefined && isAbsolute(path),
    ) as string[];
    const open: string[] = [];
    let found = 0;
    for (const path of process.platform === 'win32' ? [] : files) {
      const facts = await lstat(path).catch(() => undefined);
      if (facts === undefined) continue;
      found += 1;
      if (facts.isFile() && (facts.mode & OTHERS) !== 0) open.push(path);
    }
    if (open.length === 0)
      return { state: 'ok', fact: found === 0 ? 'none kept in files of ours' : 'only you can read them' };
    return {
      state: 'warn',
      fact: `others can read ${open.join(', ')}`,
      fix: `chmod 600 ${open.join(' ')}`,
      mend: async () => {
        for (const path of open) await chmod(path, 0o600);
        return `only you can read ${open.join(', ')} now`;
      },
    };
  },
};
