import { SlipwayError } from '../core/index.js';
import type { Snapshot } from '../files/index.js';
import {
  isLocalAddress,
  openTarget,
  wantedReference,
  type ReadableTarget,
  type RegistryOptions,
} from '../registry/index.js';
import { parseAddress } from './source-address.js';
import { openDirectory } from './directory.js';
import { openHttps } from './https.js';
import { openHub, type HubOptions } from './hub.js';
import { openModelScope } from './modelscope.js';
import { openS3 } from './s3.js';

/** Makes files of an artifact's layers: what a layer holds is known where artifacts are packed, not here. */
export type ReadArtifact = (
  address: { readonly target: ReadableTarget; readonly reference: string; readonly name: string },
  options: Pick<SourceOptions, 'include' | 'exclude' | 'variant' | 'signal'>,
) => Promise<Snapshot>;

export interface SourceOptions extends HubOptions {
  /** Needed for `oci://…`, `layout:…` and `oci-archive:…`. */
  readonly readArtifact?: ReadArtifact | undefined;
  /** How registries are reached (`oci://…`): credentials, client, network. The environment's own unless given. */
  readonly registry?: RegistryOptions | undefined;
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
      return openHub(parsed.repository, {
        ...options,
        ...(parsed.file !== undefined && { include: [...(options.include ?? []), literalGlob(parsed.file)] }),
        revision: oneRevision(parsed.revision, options.revision),
      });
    case 'directory':
      return openDirectory(parsed.path, { ...options, home: options.env['HOME'] ?? options.env['USERPROFILE'] });
    case 'modelscope': {
      refuseOffline(options, address);
      const revision = oneRevision(parsed.revision, options.revision);
      return openModelScope(parsed.repository, { ...options, revision });
    }
    case 's3':
      refuseOffline(options, address);
      return openS3(parsed.bucket, parsed.prefix, options);
    case 'https':
      refuseOffline(options, address);
      return openHttps(parsed.url, options);
    case 'registry':
      if (!isLocalAddress(parsed.reference)) refuseOffline(options, address);
      return openRegistryArtifact(parsed.reference, options);
    default:
      return parsed satisfies never;
  }
}

/** A glob for one file, or for all splits of the model that it is the first of. */
function literalGlob(path: string): string {
  const glob = path.replaceAll(/[^\p{L}\p{N}/._ -]/gu, '?');
  return glob.replace(/-\d{5}(-of-\d{5}\.gguf)$/, '-?????$1');
}

async function openRegistryArtifact(address: string, options: SourceOptions): Promise<Snapshot> {
  if (options.readArtifact === undefined) {
    throw new SlipwayError('USAGE', `'${address}' is an artifact, and nothing was given to read artifacts with`);
  }
  const opened = openTarget(address, options.registry ?? { env: options.env });
  const reference = await wantedReference(opened, options.signal);
  return options.readArtifact({ target: opened.target, reference, name: opened.target.name }, options);
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
