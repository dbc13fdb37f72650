import { setMaxListeners } from 'node:events';
import { dirname, join } from 'node:path';
import {
  createContext,
  GarbageWatch,
  HOST_MEMORY,
  hostMemory,
  requireSize,
  RunState,
  type BlobStore,
  type ClientCertificate,
  type CountBytes,
  type CountWaits,
  type Limits,
  type NetworkOptions,
  type RunContext,
  type StageEvent,
} from '../core/index.js';
import {
  credentialLookup,
  readAuthorities,
  readClientCertificates,
  resolveLimits,
  type Config,
} from '../config/index.js';

/** Where a context's parts come from besides the configuration. */
export interface RunContextOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  readonly store?: BlobStore;
  /** See `RunContext.notes`. */
  readonly notes?: string;
  /** Added to what the configuration says. */
  readonly network?: NetworkOptions;
  /** Path of the configuration file; relative paths in it start at its directory. */
  readonly configPath?: string;
  readonly emit?: (event: StageEvent) => void;
  /** See `RunContext.countBytes`. */
  readonly countBytes?: CountBytes;
  /** See `RunContext.countWaits`. */
  readonly countWaits?: CountWaits;
  /**
   * What the run may use at most, whatever configuration and environment say; what they leave open is this. `threads` are
   * these very ones, so that runs of one process share them.
   */
  readonly allowed?: Limits;
  /** Nothing will run after the plan. */
  readonly planOnly?: boolean;
  /** See `RunContext.lint`. */
  readonly lint?: 'error' | 'warn' | 'off';
}

/** A context and the end of it. */
export interface RunScope {
  readonly context: RunContext;
  /** Closes what stages have registered, last first. Never rejects: the run's own outcome counts. */
  close(): Promise<void>;
}

/** What stages are handed: limits, credentials and network from the configuration, the environment and the options. */
export async function openRunScope(config: Config, options: RunContextOptions): Promise<RunScope> {
  const env = options.env ?? {};
  const directory = options.configPath === undefined ? process.cwd() : dirname(options.configPath);
  const path = options.configPath ?? join(directory, 'config');
  const authorities = await readAuthorities(config, path);
  const certificates = await readClientCertificates(config, path);
  const cleanups: (() => Promise<void>)[] = [];
  const signal = options.signal ?? new AbortController().signal;
  // Every stream of a run listens; Node's warning is about leaks among a handful.
  setMaxListeners(0, signal);
  const limits = allowedLimits(config, env, options.allowed);
  const state = new RunState();
  // Wherever bytes move, buffers become garbage.
  const garbage = new GarbageWatch(
    limits.process?.memory ?? limits.memory + state.of(HOST_MEMORY, hostMemory).resident,
  );
  const context = createContext({
    limits,
    env,
    signal,
    store: config.store === 'none' ? undefined : options.store,
    notes: options.notes,
    credentials: credentialLookup(config.credentials, env, directory),
    network: mergeNetwork(config, { authorities, certificates }, options.network ?? {}),
    planOnly: options.planOnly,
    lint: options.lint,
    engine: config.engine,
    emit: (event) => {
      if (event.type === 'item.progress') garbage.look();
      options.emit?.(event);
    },
    countBytes: options.countBytes,
    countWaits: options.countWaits,
    state,
    defer: (cleanup) => {
      cleanups.push(cleanup);
    },
  });
  return {
    context,
    close: async () => {
      for (const cleanup of cleanups.splice(0).reverse()) await cleanup().catch(() => undefined);
    },
  };
}

function allowedLimits(config: Config, env: RunContext['env'], allowed: Limits | undefined): Limits {
  if (allowed === undefined) return resolveLimits(config.limits, env);
  const { memory, concurrency } = resolveLimits({ ...allowed, ...config.limits }, env);
  return {
    memory: Math.min(memory, allowed.memory),
    concurrency: Math.min(concurrency, allowed.concurrency),
    threads: allowed.threads,
    process: allowed.process,
  };
}

function chunkSizeOf(size: number | string | undefined): { readonly chunkSize?: number } {
  return size === undefined ? {} : { chunkSize: requireSize(size, 'network.chunkSize') };
}

interface Trust {
  readonly authorities: string | undefined;
  readonly certificates: readonly ClientCertificate[];
}

function mergeNetwork(config: Config, trust: Trust, options: NetworkOptions): NetworkOptions {
  const ca = [trust.authorities, options.ca].filter((text) => text !== undefined).join('\n');
  return {
    insecureHosts: [...(config.network?.insecureHosts ?? []), ...(options.insecureHosts ?? [])],
    ...(ca === '' ? {} : { ca }),
    ...chunkSizeOf(options.chunkSize ?? config.network?.chunkSize),
    authHosts: [...(config.network?.authHosts ?? []), ...(options.authHosts ?? [])],
    clientCertificates: [...trust.certificates, ...(options.clientCertificates ?? [])],
    ...(options.offline === undefined ? {} : { offline: options.offline }),
  };
}
