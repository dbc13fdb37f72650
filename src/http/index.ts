export { isLoopbackHost, isPublicHost } from './address.js';
export type { HttpClient, HttpOptions, HttpRequest, HttpResponse, OnRetry, RequestBody, Retry } from './client.js';
export { createHttpClient } from './create-client.js';
export { bodyOf } from './fetch.js';
export { backoff, retryAfterMs, type Backoff } from './retry.js';
export { isServersFault, isTransient } from './try-again.js';
export { displayUrl } from './secrets.js';
