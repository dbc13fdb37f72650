import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { packageFacts, readRegularText } from '../../core/index.js';
import { isForPlatform, OPTIONAL_PACKAGES } from '../facts/optional-packages.js';
import type { DoctorCheck } from './check.js';

const require = createRequire(import.meta.url);

/** One check a package that is looked for when it is needed. None of them has to be there. */
export const packageChecks: readonly DoctorCheck[] = Object.entries(OPTIONAL_PACKAGES)
  .filter(([name]) => isForPlatform(name, `${process.platform} ${process.arch}`))
  .map(([name, purpose]) => ({
    name: `package ${name}`,
    run: async () => {
      const version = await versionOf(name);
      return version === undefined
        ? { state: 'ok', fact: `not installed, optional: ${purpose}   (npm install ${await wanted(name)})` }
        : { state: 'ok', fact: `${version}: ${purpose}` };
    },
  }));

/** The package with the version that this one goes with: the newest of all may be another. */
async function wanted(name: string): Promise<string> {
  const { directory } = await packageFacts();
  const own = await readRegularText(join(directory, 'package.json')).catch(() => '{}');
  const { peerDependencies = {} } = JSON.parse(own) as { readonly peerDependencies?: Readonly<Record<string, string>> };
  const version = /\d[\d.]*/.exec(peerDependencies[name] ?? '')?.[0];
  return version === undefined ? name : `${name}@${version}`;
}

/** What is installed where a module of this package would look for it; nothing is loaded. */
async function versionOf(name: string): Promise<string | undefined> {
  for (const folder of require.resolve.paths(name) ?? []) {
    const path = join(folder, name, 'package.json');
    if (!existsSync(path)) continue;
    const { version } = JSON.parse(await readRegularText(path)) as { readonly version?: unknown };
    return typeof version === 'string' ? version : 'of an unknown version';
  }
  return undefined;
}
