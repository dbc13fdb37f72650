import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the program's own package.json says. */
export interface PackageFacts {
  readonly version: string;
  readonly directory: string;
}

/** Finds the package this file belongs to, in its sources as in its build. */
export async function packageFacts(): Promise<PackageFacts> {
  // In a CommonJS bundle, such as a single executable holds, there is no such address.
  const own: string | undefined = import.meta.url;
  if (own === undefined) return { version: 'unknown', directory: '.' };
  let directory = dirname(fileURLToPath(own));
  for (;;) {
    const facts = await readFacts(directory);
    if (facts !== undefined) return facts;
    const above = dirname(directory);
    if (above === directory) return { version: 'unknown', directory };
    directory = above;
  }
}

async function readFacts(directory: string): Promise<PackageFacts | undefined> {
  try {
    const facts = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as Record<string, unknown>;
    return facts['name'] === 'slipway' ? { version: String(facts['version']), directory } : undefined;
  } catch {
    return undefined;
  }
}
