import type { NetworkOptions } from '../core/index.js';

/** Called before a request is repeated. */
export type OnRetry = (retry: { url: string; attempt: number; of: number; delayMs: number; reason: string }) => void;

export interface HttpOptions extends NetworkOptions {
  /** HTTPS_PROXY, HTTP_PROXY, NO_PROXY are read from here. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly onRetry?: OnRetry;
  /** Total attempts of a request that may be repeated; 5 unless given. */
  readonly attempts?: number;
}

/**
 * The one way to the network: undici underneath, redirects followed by hand with credentials dropped when the origin
 * changes, retries with jitter for requests without a one-shot body, proxies and certificate authorities as configured.
 */
export interface HttpClient {
  /** As the standard `fetch`; errors are SlipwayErrors without secrets. */
  readonly fetch: typeof globalThis.fetch;
  close(): Promise<void>;
}
