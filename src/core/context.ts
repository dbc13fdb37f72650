import { setMaxListeners } from 'node:events';
import type { ByteRange, ReadHints } from './byte-range.js';
import type { Digest } from './digest.js';
import type { StageEvent } from './events.js';
import { checkedLimits, type Limits } from './limits.js';
import { HOST_MEMORY, hostMemory } from './resident-memory.js';
import { RunState } from './run-state.js';

/** Content-addressed storage that a run may use between stages. Its one implementation on disk lives in `files/`. */
export interface BlobStore {
  /** Where it lies, when it lies in a directory. */
  readonly directory?: string;
  /** Size in bytes of a stored blob, or `undefined`. */
  stat(digest: Digest): Promise<number | undefined>;
  /** The blob's bytes; a stored blob was verified when it was written. */
  read(digest: Digest, range?: ByteRange, signal?: AbortSignal, hints?: ReadHints): AsyncIterable<Uint8Array>;
  /**
   * Stores content under its digest and returns that.
   * Throws `DIGEST_MISMATCH` (and keeps nothing) when `expected` is given and differs.
   */
  write(
    content: AsyncIterable<Uint8Array>,
    expected?: Digest,
    signal?: AbortSignal,
  ): Promise<{ digest: Digest; size: number }>;
  /**
   * Makes sure that a file whose digest is known is here. An interrupted transfer is kept and goes on where it
   * stopped; `onBytes` gets the number of bytes present so far.
   */
  ensure(file: StorableFile, signal?: AbortSignal, onBytes?: (done: number) => void): Promise<void>;
  /** A record by its key, or `undefined`: what an earlier run made of the same input. */
  readRecord?(key: Digest): Promise<string | undefined>;
  /** Keeps a small text under a key, replacing what was there. */
  writeRecord?(key: Digest, text: string): Promise<void>;
}

/** A file that a store can fetch: its digest is known beforehand. */
export interface StorableFile {
  readonly path: string;
  readonly size: number;
  readonly digest: Digest;
  read(range?: ByteRange, signal?: AbortSignal, hints?: ReadHints): AsyncIterable<Uint8Array>;
}

/** What a registry or hub asks for. Never logged, never part of a plan or a record. */
export type Credential =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string; readonly origin: string }
  | { readonly kind: 'token'; readonly token: string; readonly origin: string };

/** Finds the credential for an exact host (with port); `origin` of what it returns says where it came from. */
export type CredentialLookup = (host: string) => Promise<Credential | undefined>;

/** Takes note of bytes of a body that went to a host or came from it. */
export type CountBytes = (direction: Direction, host: string, bytes: number) => void;

/** Takes note that a request begins or ceases to wait for a host: for bytes of it, or for it to take some. */
export type CountWaits = (direction: Direction, host: string, isWaiting: boolean) => void;

/** Which way bytes go, seen from here. */
export type Direction = 'received' | 'sent';

/** How the network is reached. */
export interface NetworkOptions {
  /** Registries (`host:port`) that may be spoken to over plain HTTP. Loopback always may. */
  readonly insecureHosts?: readonly string[];
  /** PEM text of further certificate authorities. */
  readonly ca?: string;
  /** Certificates to show, each to one host only. */
  readonly clientCertificates?: readonly ClientCertificate[];
  /** Pairs `registry=authHost`: token servers on another host that a registry's credentials may go to. */
  readonly authHosts?: readonly string[];
  /** Bytes of one request of a blob at most, for registries behind something that limits bodies. */
  readonly chunkSize?: number;
  /** Refuse every connection with `OFFLINE`. */
  readonly offline?: boolean;
}

/** A certificate by which a server knows us (mutual TLS). */
export interface ClientCertificate {
  /** `host[:port]` as in the URL, lower case. */
  readonly host: string;
  /** PEM text: certificate with its chain, and the private key. */
  readonly cert: string;
  readonly key: string;
}

/**
 * What every stage is handed. The library never reads the environment, the clock or the terminal itself:
 * all of that comes in here.
 */
export interface RunContext {
  readonly signal: AbortSignal;
  readonly limits: Limits;
  /** `undefined` when the run may not touch the disk (`store: 'none'`). */
  readonly store: BlobStore | undefined;
  /** Directory for small notes that outlive the process (where uploads stand); without it none are kept. */
  readonly notes?: string;
  /** Environment variables a stage may consult (tokens, endpoints, SOURCE_DATE_EPOCH). */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Credentials of the configuration; they win over what the environment offers. */
  readonly credentials: CredentialLookup | undefined;
  readonly network: NetworkOptions;
  /** Set when nothing runs after the plan: then a plan makes nothing ready for a run. */
  readonly planOnly?: boolean;
  /** What becomes of a push whose model has findings; wins over what the push itself says. */
  readonly lint?: 'error' | 'warn' | 'off';
  /** What encodes where a stage does not say; `PIPELINE_ENGINE` wins. All engines give the same bytes. */
  readonly engine?: 'auto' | 'native' | 'wasm' | 'js' | 'llama.cpp';
  /** Milliseconds since an arbitrary origin, for durations only: nothing written may depend on it. */
  now(): number;
  emit(event: StageEvent): void;
  /** Counts bytes that have moved over the network, by host (`host:port`). */
  readonly countBytes?: CountBytes;
  /** Told when requests wait for a host. */
  readonly countWaits?: CountWaits;
  /** Registers something to be closed when the run ends, in reverse order: connections, worker threads. */
  defer(cleanup: () => Promise<void>): unknown;
  /** What the stages of the run share with each other. */
  readonly state: RunState;
}

/** What a context without limits may take. */
const OWN_MEMORY = 512 * 1024 * 1024;

/** A context that ends what its stages have begun: connections, worker threads. */
export interface OwnContext extends RunContext {
  /** Closes what stages have registered, last first. May be called again; nothing is to be run with the context afterwards. */
  close(): Promise<void>;
  /** As `close`: `await using context = createContext()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A context for using stages without a run: no store, no events, empty environment unless given. To be closed when it is of
 * no more use; one that is forgotten keeps neither the process nor threads alive.
 */
export function createContext(options: Partial<RunContext> = {}): OwnContext {
  const signal = options.signal ?? new AbortController().signal;
  // Every stream of a run listens to this one signal: Node's warning about a leak at eleven listeners is no help here.
  setMaxListeners(0, signal);
  const cleanups: (() => Promise<void>)[] = [];
  const state = options.state ?? new RunState();
  state.of(HOST_MEMORY, hostMemory);
  const close = async (): Promise<void> => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup().catch(() => {});
  };
  return {
    signal,
    limits: checkedLimits(options.limits ?? { concurrency: 4, threads: 2, memory: OWN_MEMORY }),
    store: options.store,
    ...(options.notes === undefined ? {} : { notes: options.notes }),
    env: options.env ?? {},
    credentials: options.credentials,
    network: options.network ?? {},
    ...(options.planOnly === undefined ? {} : { planOnly: options.planOnly }),
    ...(options.lint === undefined ? {} : { lint: options.lint }),
    ...(options.engine === undefined ? {} : { engine: options.engine }),
    now: options.now ?? ((): number => performance.now()),
    emit: options.emit ?? ((): void => {}),
    ...(options.countBytes === undefined ? {} : { countBytes: options.countBytes }),
    ...(options.countWaits === undefined ? {} : { countWaits: options.countWaits }),
    defer: options.defer ?? ((cleanup): unknown => cleanups.push(cleanup)),
    state,
    close,
    [Symbol.asyncDispose]: close,
  };
}
