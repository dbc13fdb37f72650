import { SlipwayError, type CredentialLookup, type NetworkOptions } from '../../core/index.js';
import { createHttpClient, isLoopbackHost, type HttpClient, type OnRetry } from '../../http/index.js';
import { Authorizer } from '../auth/authorizer.js';
import { findCredential } from '../credentials/lookup.js';
import { formatReference, apiHost, parseReference, type RegistryReference } from '../reference.js';
import { ChunkSizes } from './chunk-sizes.js';
import type { LearntSizes } from './learnt-sizes.js';
import { Connection } from './connection.js';
import { uploadRules, type UploadRules } from './host-rules.js';
import { RegistryTarget } from './registry-target.js';
import type { UploadMemory } from './upload-memory.js';

/** How a registry is reached. Everything is optional; without credentials it is asked anonymously. */
export interface RegistryOptions {
  readonly network?: NetworkOptions;
  /** The configuration's credentials; they win over those of `env` and of Docker's and podman's files. */
  readonly credentials?: CredentialLookup;
  /** Variables: `PIPELINE_REGISTRY_…`, `HOME`, `DOCKER_CONFIG`, `PATH` of helpers, proxies. Empty unless given. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A client to share; the target makes its own otherwise. */
  readonly http?: HttpClient;
  /** Pairs `registry=authHost` of token servers on another host. */
  readonly authHosts?: readonly string[];
  /** Overrides of what is known about the host's uploads. */
  readonly uploads?: Partial<UploadRules>;
  /** Lets a push that was killed go on where it stood; see `openUploadMemory`. */
  readonly uploadMemory?: UploadMemory;
  /** Warnings that the registry sends along (quota, deprecation). */
  readonly onWarning?: (message: string) => void;
  readonly onRetry?: OnRetry;
  /** Sizes of requests that earlier runs learnt, by host. */
  readonly learntSizes?: LearntSizes | undefined;
  /** Milliseconds before the first repetition; 500 unless given. */
  readonly retryDelayMs?: number;
  /** Milliseconds on any clock; tokens age by it. */
  readonly now?: () => number;
}

/**
 * Opens one repository of a registry. Nothing is sent yet. Plain HTTP is used for loopback hosts and those of
 * `network.insecureHosts`, HTTPS for all others. Throws `USAGE` for a reference that is none.
 */
export function openRegistry(reference: string | RegistryReference, options: RegistryOptions = {}): RegistryTarget {
  const { host, repository } = registryReference(reference);
  const { network = {}, env = {}, onRetry, retryDelayMs = 500 } = options;
  const http = options.http ?? createHttpClient({ ...network, env, retryDelayMs, onRetry });
  const base = baseUrl(host, network);
  const authorizer = new Authorizer({
    registry: base,
    http,
    credential: () => findCredential(`${host}/${repository}`, env, options.credentials),
    now: options.now ?? ((): number => performance.now()),
    authHosts: [...(options.authHosts ?? []), ...(network.authHosts ?? [])],
  });
  const { onWarning } = options;
  const connection = new Connection({
    http,
    authorizer,
    base,
    repository,
    onWarning,
  });
  return new RegistryTarget(host, connection, {
    rules: { ...uploadRules(host), ...limitedTo(network.chunkSize), ...options.uploads },
    sizes: sizesOf(http, host, options.learntSizes),
    retryDelayMs,
    memory: options.uploadMemory,
    ...(onRetry !== undefined && { onRetry: forTransfers(onRetry, base) }),
  });
}

const learnt = new WeakMap<HttpClient, Map<string, ChunkSizes>>();

/** What was learnt about a host holds for all targets that share a client. */
function sizesOf(http: HttpClient, host: string, known: LearntSizes | undefined): ChunkSizes {
  const hosts = learnt.get(http) ?? new Map<string, ChunkSizes>();
  learnt.set(http, hosts);
  const memory =
    known === undefined
      ? undefined
      : {
          largest: async () => known.largest(host),
          keep: async (largest: number) => known.keep(host, largest),
        };
  const sizes = hosts.get(host) ?? new ChunkSizes(memory);
  hosts.set(host, sizes);
  return sizes;
}

/** What limits the chunks of a blob limits a blob that goes in one piece. */
function limitedTo(chunkSize: number | undefined): Partial<UploadRules> {
  return chunkSize === undefined ? {} : { chunkSize, largestPut: chunkSize };
}

function registryReference(reference: string | RegistryReference): RegistryReference {
  const parsed = typeof reference === 'string' ? parseReference(reference) : reference;
  if (parsed.kind === 'registry') return parsed;
  throw new SlipwayError('USAGE', `'${formatReference(parsed)}' is a place on this machine, not a registry`);
}

function baseUrl(host: string, { insecureHosts = [] }: NetworkOptions): URL {
  const { hostname } = new URL(`http://${host}`);
  const insecure = isLoopbackHost(hostname) || insecureHosts.includes(host);
  return new URL(`${insecure ? 'http' : 'https'}://${apiHost(host)}`);
}

function forTransfers(
  onRetry: OnRetry,
  base: URL,
): NonNullable<ConstructorParameters<typeof RegistryTarget>[2]['onRetry']> {
  return ({ attempt, of, delayMs, error }) => {
    const status = error.details.context?.['status'];
    onRetry({
      url: base.origin,
      attempt,
      of,
      delayMs,
      reason: error.message,
      code: error.code,
      ...(typeof status === 'number' && { status }),
    });
  };
}
