export type { HttpClient, HttpOptions, OnRetry } from './client.js';
