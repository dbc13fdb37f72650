export { isLoopbackHost, isPublicHost } from './address.js';
export type { HttpClient, HttpOptions, HttpRequest, HttpResponse, OnRetry, RequestBody, Retry } from './client.js';
export { createHttpClient } from './create-client.js';
export { collect } from './body.js';
export { bodyOf, limitedResponse } from './fetch.js';
export { backoff, retryAfterMs, type Backoff } from './retry.js';
export { isServersFault, isTransient } from './try-again.js';
export { displayUrl } from './secrets.js';
