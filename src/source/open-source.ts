import { SlipwayError } from '../core/index.js';
import type { Snapshot } from '../files/index.js';
import type { ReadableTarget } from '../registry/index.js';
import { parseAddress } from './address.js';
import { openArtifact } from './artifact.js';
import { openDirectory } from './directory.js';
import { openHttps } from './https.js';
import { openHub, type HubOptions } from './hub.js';

/** A repository of artifacts and what in it is meant, found for an address. */
export interface FoundTarget {
  readonly target: ReadableTarget;
  /** Tag or digest. */
  readonly reference: string;
  /** Without secrets. */
  readonly name: string;
}

export interface SourceOptions extends HubOptions {
  /** Opens `oci://…` and `layout:…`; without it such an address is refused. */
  readonly openTarget?: ((address: string) => Promise<FoundTarget>) | undefined;
  /** Which member of an index is meant (`Q4_K_M`). */
  readonly variant?: string | undefined;
}

/**
 * Opens any source as a pinned set of lazily readable files: `hf://org/name[@revision]`, a pasted Hub URL, `./dir`,
 * `https://host/file[#sha256=…]`, `oci://…`, `layout:…`. Reads listings and headers, no weights.
 */
export async function openSource(address: string, options: SourceOptions): Promise<Snapshot> {
  const parsed = parseAddress(address);
  switch (parsed.kind) {
    case 'huggingface':
      return openHub(parsed.repository, { ...options, revision: oneRevision(parsed.revision, options.revision) });
    case 'directory':
      return openDirectory(parsed.path, { ...options, home: options.env['HOME'] ?? options.env['USERPROFILE'] });
    case 'https':
      refuseOffline(options, address);
      return openHttps(parsed.url, options);
    case 'registry':
      return openArtifact({ ...options, ...(await foundTarget(parsed.reference, options)) });
    default:
      return parsed satisfies never;
  }
}

async function foundTarget(reference: string, options: SourceOptions): Promise<FoundTarget> {
  if (options.openTarget !== undefined) return options.openTarget(reference);
  throw new SlipwayError('USAGE', `'${reference}' cannot be opened here`, {
    got: 'no way to open registries was given',
  });
}

function oneRevision(inAddress: string | undefined, inOptions: string | undefined): string | undefined {
  if (inAddress === undefined || inOptions === undefined || inAddress === inOptions) return inAddress ?? inOptions;
  throw new SlipwayError('USAGE', 'two different revisions are asked for', {
    got: `'${inAddress}' in the address, '${inOptions}' as the option`,
  });
}

function refuseOffline(options: SourceOptions, address: string): void {
  if (options.offline !== true) return;
  throw new SlipwayError('OFFLINE', `'${address.replace(/[?#].*/s, '')}' is not on this machine`, {
    got: 'no network wanted (offline)',
  });
}
