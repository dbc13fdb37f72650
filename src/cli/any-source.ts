import { existsSync } from 'node:fs';
import { basename, dirname, relative } from 'node:path';
import { SlipwayError, type RunContext } from '../core/index.js';
import type { Snapshot } from '../files/index.js';
import { download } from '../stages/index.js';

/** A source as people write it on a command line, as download() takes it. */
export interface GivenSource {
  readonly source: string;
  readonly include?: string[];
}

/**
 * Reads what was given: an address with a scheme stays; a file is its directory with a filter; a name that exists on
 * disk is that directory; anything with a host in front is a registry's.
 */
export function givenSource(given: string, path: (given: string) => string): GivenSource {
  if (/^(hf|oci|https?|file):\/\//i.test(given) || given.startsWith('layout:')) return { source: given };
  const absolute = path(given);
  if (/\.(gguf|safetensors)$/.test(given) && !existsSync(`${absolute}/`)) {
    // The name is a name, not a pattern.
    const name = basename(absolute).replaceAll(/[\\*?[\]{}()!+@]/g, String.raw`\$&`);
    return { source: dirname(absolute), include: [name] };
  }
  if (existsSync(absolute)) {
    const short = relative(process.cwd(), absolute);
    return { source: short.startsWith('..') || short === '' ? absolute : `./${short}` };
  }
  return /^[^/\s]*[.:][^/\s]*\/|^localhost\//.test(given) ? { source: `oci://${given}` } : { source: given };
}

/** True for what names an artifact: `oci://…` or `layout:…`. */
export function isArtifact({ source }: GivenSource): boolean {
  return /^(oci:\/\/|layout:)/.test(source);
}

/** Opens a source without fetching it. Throws `NOT_FOUND` when a filter leaves nothing. */
export async function openGiven(
  { source, include }: GivenSource,
  context: RunContext,
  revision?: string,
): Promise<Snapshot> {
  const options = { ...(include === undefined ? {} : { include }), ...(revision === undefined ? {} : { revision }) };
  const planned = await download(source, options).plan?.(undefined, context);
  const snapshot = planned?.output;
  if (snapshot === undefined || snapshot.files.length === 0) {
    throw new SlipwayError('NOT_FOUND', `there is nothing at '${include?.[0] ?? source}'`, { where: source });
  }
  return snapshot;
}
