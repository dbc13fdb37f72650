import { existsSync } from 'node:fs';
import { basename, dirname, relative } from 'node:path';
import { SlipwayError, type RunContext, type Stage } from '../core/index.js';
import type { Snapshot } from '../files/index.js';
import { download, type DownloadOptions } from '../stages/index.js';

/** A source as people write it on a command line, as download() takes it. */
export interface GivenSource {
  readonly source: string;
  readonly include?: string[];
  /** The one file that is meant; a pattern would also match files of that name in folders below. */
  readonly only?: string;
}

/**
 * Reads what was given: an address with a scheme stays; a file is its directory with a filter; a name that exists on
 * disk is that directory; anything with a host in front is a registry's.
 */
export function givenSource(given: string, path: (given: string) => string): GivenSource {
  if (/^(hf|oci|https?|file):\/\//i.test(given) || given.startsWith('layout:')) return { source: given };
  const absolute = path(given);
  if (/\.(gguf|safetensors)$/.test(given) && !existsSync(`${absolute}/`)) {
    const only = basename(absolute);
    // The name is a name, not a pattern.
    return { source: dirname(absolute), include: [only.replaceAll(/[\\*?[\]{}()!+@]/g, String.raw`\$&`)], only };
  }
  if (existsSync(absolute)) {
    const short = relative(process.cwd(), absolute);
    return { source: short.startsWith('..') || short === '' ? absolute : `./${short}` };
  }
  return /^(?![.~]{1,2}\/)[^/\s]+[.:][^/\s]*\/|^localhost\//.test(given)
    ? { source: `oci://${given}` }
    : { source: given };
}

/** True for what names an artifact: `oci://…` or `layout:…`. */
export function isArtifact({ source }: GivenSource): boolean {
  return /^(oci:\/\/|layout:)/.test(source);
}

/** download() for what was given. */
export function sourceStage(given: GivenSource, options: DownloadOptions = {}): Stage<void, Snapshot> {
  const { source, include, only } = given;
  const stage = download(source, { ...(include === undefined ? {} : { include }), ...options });
  if (only === undefined) return stage;
  const narrowed = (snapshot: Snapshot): Snapshot => {
    const files = snapshot.files.filter((file) => file.path === only);
    if (files.length > 0) return { ...snapshot, files };
    throw new SlipwayError('NOT_FOUND', `there is no file '${only}' in '${source}'`, { where: source });
  };
  return {
    name: stage.name,
    plan: async (input, context) => {
      const { reports, output } = (await stage.plan?.(input, context)) ?? { reports: [] };
      return output === undefined ? { reports } : { reports, output: narrowed(output) };
    },
    run: async (input, context) => narrowed(await stage.run(input, context)),
  };
}

/** Opens a source without fetching it. Throws `NOT_FOUND` when a filter leaves nothing. */
export async function openGiven(given: GivenSource, context: RunContext, revision?: string): Promise<Snapshot> {
  const stage = sourceStage(given, revision === undefined ? {} : { revision });
  const planned = await stage.plan?.(undefined, context);
  const snapshot = planned?.output;
  if (snapshot === undefined || snapshot.files.length === 0) {
    throw new SlipwayError('NOT_FOUND', `there is nothing at '${given.source}'`, { where: given.source });
  }
  return snapshot;
}
