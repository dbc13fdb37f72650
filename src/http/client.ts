import type { CountBytes, CountWaits, ErrorCode, NetworkOptions } from '../core/index.js';
import type { AnswerHeaders } from './answer-headers.js';

/** A request that failed and is about to be sent again. */
export interface Retry {
  /** Without query and user information. */
  readonly url: string;
  /** Attempts that have failed so far, of how many at most. */
  readonly attempt: number;
  readonly of: number;
  /** How long it waits. */
  readonly delayMs: number;
  /** In words: what the server answered, or what became of the connection. */
  readonly reason: string;
  /** `NET_UNAVAILABLE` for an answer that says "not now"; else the code of the error. */
  readonly code: ErrorCode;
  /** The answer's HTTP status, when there was an answer. */
  readonly status?: number;
}

/** Called before a request is repeated. */
export type OnRetry = (retry: Retry) => void;

export interface HttpOptions extends NetworkOptions {
  /** HTTPS_PROXY, HTTP_PROXY, NO_PROXY (either case), SSL_CERT_FILE and NODE_EXTRA_CA_CERTS are read from here. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly onRetry?: OnRetry;
  /** Told of every chunk of a body, both ways. */
  readonly onBytes?: CountBytes;
  /** Told when a request begins and ceases to wait for a host. */
  readonly onWait?: CountWaits;
  /** Total attempts of a request that may be repeated; 5 unless given. */
  readonly attempts?: number;
  /** Milliseconds before the first repetition, doubled for each further one; 500 unless given. */
  readonly retryDelayMs?: number;
}

/** What a request carries. A stream is opened once; `size` (bytes) becomes its Content-Length when it is known. */
export type RequestBody =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'stream'; readonly content: AsyncIterable<Uint8Array>; readonly size?: number };

export interface HttpRequest {
  readonly url: string | URL;
  /** GET unless given. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
  readonly signal?: AbortSignal;
  /** `follow` unless given; `manual` returns the redirect itself. */
  readonly redirect?: 'follow' | 'manual' | 'error';
  /** Whether the request may be repeated; by default GET, HEAD, OPTIONS, PUT and DELETE without a stream may. */
  readonly repeatable?: boolean;
  /** Milliseconds until the answer's headers must be there, counted from the end of the body; 30,000 unless given. */
  readonly headersTimeoutMs?: number;
  /** Refuse loopback, private and link-local addresses, looked up once and pinned for the connection. */
  readonly publicOnly?: boolean;
  /**
   * About how many bytes are wanted by a reader that is done with a chunk of the body when it asks for the next one: those of a large
   * body are received into memory that is used again.
   */
  readonly lentBytes?: number | undefined;
}

/** An answer whose body has not been read yet: read it or discard it, or its connection stays occupied. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** The URL that answered, after redirects. It may hold a signature: do not print it. */
  readonly url: string;
  readonly redirected: boolean;
  /** The body in chunks; errors are SlipwayErrors. May be read once. */
  readonly body: AsyncIterable<Uint8Array>;
  /** The body as one array. Throws `NET_PROTOCOL` beyond `limit` bytes. */
  bytes(limit: number): Promise<Uint8Array>;
  /** Reads a small rest (so that the connection can be used again) or drops the connection. */
  discard(): Promise<void>;
}

/**
 * The one way to the network: HTTP/1.1 over sockets of our own, or undici through a proxy; redirects followed by hand with credentials dropped when the origin
 * changes, retries with jitter for requests without a one-shot body, proxies and certificate authorities as configured.
 */
export interface HttpClient {
  /** As the standard `fetch`; errors are SlipwayErrors without secrets. */
  readonly fetch: typeof globalThis.fetch;
  /** The same with streams both ways and without the cost of the fetch standard. */
  send(request: HttpRequest): Promise<HttpResponse>;
  /** The same client (connections, secrets, one `close`) that reports its retries to another listener. */
  tellingRetries(onRetry: OnRetry): HttpClient;
  /** Registers a secret: wherever it would appear in an error of this client, `***` stands instead. */
  protect(secret: string): void;
  /** Text with every secret this client has sent or was told replaced by `***`. */
  redact(text: string): string;
  close(): Promise<void>;
}
