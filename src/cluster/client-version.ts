import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The version of the installed `@kubernetes/client-node`, or `undefined`. It is not loaded for that: it is large. */
export async function clusterClientVersion(): Promise<string | undefined> {
  try {
    const main = createRequire(import.meta.url).resolve('@kubernetes/client-node');
    const text = await readFile(join(dirname(main), '..', 'package.json'), 'utf8');
    const { version } = JSON.parse(text) as { readonly version?: unknown };
    return typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}
