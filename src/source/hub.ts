import pLimit from 'p-limit';
import { SlipwayError } from '../core/index.js';
import { readRange, type ModelFile, type Snapshot, type SourceIdentity } from '../files/index.js';
import type { OnRetry } from '../http/index.js';
import { openHubCache } from './hub-cache.js';
import { pinRevision, type HubConnection, type HubEntry, type HubRevision } from './hub-client.js';
import { findHubToken, hubCacheDirectory, hubEndpoint, hubOffline, hubXetDisabled } from './hub-endpoint.js';
import { hubFile } from './hub-file.js';
import { listEntries } from './hub-listing.js';
import { onnxDataFiles } from './onnx-data.js';
import { readAhead } from './read-ahead.js';
import { selectFiles, type SelectionOptions } from './selection.js';
import { SmallFiles } from './small-files.js';
import { verifiedFile } from './verified-file.js';
import { xetChoice } from './xet-choice.js';
import { XetStorage } from './xet-file.js';

export interface HubOptions extends SelectionOptions {
  readonly fetch: typeof globalThis.fetch;
  /** Told before a reading that was cut off goes on. */
  readonly onRetry?: OnRetry | undefined;
  /** HF_TOKEN, HF_TOKEN_PATH, HF_HOME, HF_ENDPOINT, HF_HUB_CACHE, HF_HUB_OFFLINE, HF_HUB_DISABLE_XET, HOME are read from here. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly revision?: string | undefined;
  /** Use nothing but the Python client's cache. */
  readonly offline?: boolean | undefined;
  /** Follow a repository that was renamed or moved; refused with `HUB_RENAMED` otherwise. */
  readonly allowRenamed?: boolean | undefined;
  /** Connections for one large read; 1 unless given. Each holds 8 MiB. */
  readonly connections?: number | undefined;
  /**
   * Read files that are in the Xet storage from there, for networks on which nothing else can be reached; files above
   * 300 GB are read so unless this is `false`.
   */
  readonly xet?: boolean | undefined;
  /** Hosts (`host:port`) that may be asked over plain HTTP. Loopback always may. */
  readonly insecureHosts?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Opens a Hugging Face model repository, pinned to the commit that its revision is at now. Reads no file yet. */
export async function openHub(repository: string, options: HubOptions): Promise<Snapshot> {
  const { env } = options;
  const { insecureHosts } = options;
  const endpoint = hubEndpoint(env, insecureHosts);
  const inXet = xetChoice(options.xet, hubXetDisabled(env));
  const cache = openHubCache(hubCacheDirectory(env));
  const requested = options.revision ?? 'main';
  if (options.offline === true || hubOffline(env)) {
    const { revision, files } = await cache.snapshot(repository, requested);
    const named = await onnxDataFiles(files, options, (file) => file);
    const { chosen, leftOut } = selectFiles(files, options, repository, { named });
    return { ...snapshotOf(endpoint, revision, requested, chosen), ...(leftOut.length > 0 && { leftOut }) };
  }
  const { fetch, signal, onRetry } = options;
  const hub: HubConnection = { fetch, endpoint, token: await findHubToken(env), insecureHosts, signal, onRetry };
  const revision = await pinRevision(hub, repository, options.revision, options.allowRenamed ?? false);
  const storage = new XetStorage(hub, revision);
  const remoteFile = (entry: HubEntry): ModelFile => hubFile(hub, revision, entry, inXet(entry) ? storage : undefined);
  const listing = await listEntries(hub, revision);
  const named = await onnxDataFiles(listing, options, remoteFile);
  const { chosen: entries, leftOut } = selectFiles(listing, options, revision.repository, { named });
  const limit = pLimit(16);
  const small = new SmallFiles();
  const files = await Promise.all(
    entries.map((entry) =>
      limit(async () => {
        const cached = await cache.file(revision.repository, entry);
        const remote = readAhead(remoteFile(entry), checkedConnections(options.connections));
        return cached ?? small.kept(verifiedFile(remote, entry.announced));
      }),
    ),
  );
  if (revision.gated === true) await requireAccess(entries, remoteFile, signal);
  return { ...snapshotOf(endpoint, revision, requested, files), ...(leftOut.length > 0 && { leftOut }) };
}

/** A gated repository is listed for everyone: whether it may be read is only known from its smallest file. */
async function requireAccess(
  entries: readonly HubEntry[],
  remoteFile: (entry: HubEntry) => ModelFile,
  signal: AbortSignal | undefined,
): Promise<void> {
  const [smallest] = entries.filter((entry) => entry.size > 0).sort((a, b) => a.size - b.size);
  if (smallest !== undefined) await readRange(remoteFile(smallest), { start: 0, end: 1 }, signal);
}

function snapshotOf(endpoint: URL, revision: HubRevision, requested: string, files: readonly ModelFile[]): Snapshot {
  const { repository, commit, committedAt } = revision;
  const source: SourceIdentity = {
    kind: 'huggingface',
    name: repository,
    url: `${endpoint.href.replace(/\/$/, '')}/${repository}`,
    revision: commit,
    ...(requested === commit ? {} : { requestedRevision: requested }),
    ...(committedAt === undefined ? {} : { committedAt }),
  };
  return { source, files };
}

function checkedConnections(connections = 1): number {
  if (Number.isInteger(connections) && connections >= 1 && connections <= 32) return connections;
  throw new SlipwayError('USAGE', 'the number of connections for one file must be 1 to 32', {
    got: String(connections),
  });
}
