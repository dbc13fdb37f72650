import { existsSync } from 'node:fs';
import { basename, dirname, relative } from 'node:path';
import { SlipwayError, type RunContext, type Stage } from '../../core/index.js';
import type { Snapshot } from '../../files/index.js';
import { isLocalAddress, recognisedAddress } from '../../registry/index.js';
import { download, type DownloadOptions } from '../../stages/index.js';

/** A source as people write it on a command line, as download() takes it. */
export interface GivenSource {
  readonly source: string;
  /** It is one weights file: the model is called after the directory that it lies in, as the rest of that directory is. */
  readonly folder?: string;
}

/**
 * Reads what was given: an address with a scheme stays; what exists on disk is that file or directory; anything with a
 * host in front is a registry's. Throws `USAGE` for `-`: what is read more than once cannot come through a pipe.
 */
export function givenSource(address: string, path: (address: string) => string): GivenSource {
  if (address === '-') throw fromPipe();
  if (address.trim() === '') {
    throw new SlipwayError('USAGE', 'the source is empty', {
      try: 'is a variable set? hf://organization/name or ./directory',
    });
  }
  if (/^(hf|oci|https?|file|s3|modelscope):\/\//i.test(address) || isLocalAddress(address)) return { source: address };
  const recognised = recognisedAddress(address);
  if (recognised !== address) return { source: recognised };
  const absolute = path(address);
  const isFile = /\.(gguf|safetensors|onnx)$/.test(address);
  if (existsSync(absolute)) {
    const short = relative(process.cwd(), absolute);
    const source = short.startsWith('..') || short === '' ? absolute : `./${short}`;
    return isFile && !existsSync(`${absolute}/`) ? { source, folder: basename(dirname(absolute)) } : { source };
  }
  // A file that is missing is missing, whatever its name looks like.
  if (isFile && !/^[^/]+[.:][^/]*\//.test(address)) return { source: absolute };
  // As other tools take them: ollama run hf.co/organization/name:Q4_K_M.
  if (/^(www\.)?(huggingface\.co|hf\.co)\//.test(address)) return { source: `https://${address}` };
  if (OTHER_SCHEME.test(address)) return { source: address };
  return /^(?![.~]{1,2}\/)[^/\s]+[.:][^/\s]*\/|^localhost\//.test(address)
    ? { source: `oci://${address}` }
    : { source: address };
}

/** True for what names an artifact: `oci://…`, `layout:…` or `oci-archive:…`. */
export function isArtifact({ source }: GivenSource): boolean {
  return source.startsWith('oci://') || isLocalAddress(source);
}

function fromPipe(): SlipwayError {
  return new SlipwayError('USAGE', "'-' cannot be read: weights are read more than once, and out of order", {
    try: 'write the file to a disk first, and name it',
  });
}

/** `gs://bucket/x`, or one of ours without its slashes (`hf:org/name`): no registry is meant. */
const OTHER_SCHEME = /^([a-z][a-z0-9+.-]*:\/\/|(hf|s3|modelscope|oci|file):)/i;

/** download() for what was given. */
export function sourceStage(place: GivenSource, options: DownloadOptions = {}): Stage<void, Snapshot> {
  const { source, folder } = place;
  const stage = download(source, options);
  if (folder === undefined) return stage;
  const named = (snapshot: Snapshot): Snapshot => ({ ...snapshot, source: { ...snapshot.source, name: folder } });
  return {
    name: stage.name,
    plan: async (input, context) => {
      const { reports, output } = (await stage.plan?.(input, context)) ?? { reports: [] };
      return output === undefined ? { reports } : { reports, output: named(output) };
    },
    run: async (input, context) => named(await stage.run(input, context)),
  };
}

/** Opens a source without fetching it. Throws `NOT_FOUND` when a filter leaves nothing. */
export async function openGiven(
  place: GivenSource,
  context: RunContext,
  options: Pick<DownloadOptions, 'revision' | 'variant'> = {},
): Promise<Snapshot> {
  const stage = sourceStage(place, options);
  const planned = await stage.plan?.(undefined, context);
  const snapshot = planned?.output;
  if (snapshot === undefined || snapshot.files.length === 0) {
    throw new SlipwayError('NOT_FOUND', `there is nothing at '${place.source}'`, { where: place.source });
  }
  return snapshot;
}
