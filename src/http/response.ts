import type { Dispatcher } from 'undici';
import { SlipwayError } from '../core/index.js';
import { collect } from './body.js';
import type { HttpResponse } from './client.js';
import type { Hop } from './redirect.js';
import { displayUrl } from './secrets.js';

/** Rest of a body that is read rather than dropped with its connection. */
const WORTH_READING = 64 * 1024;

/** Wraps what undici answered. `fail` turns what its body may throw into a SlipwayError. */
export function createResponse(
  answer: Dispatcher.ResponseData,
  hop: Hop,
  redirected: boolean,
  fail: (error: unknown) => SlipwayError,
): HttpResponse {
  const headers = toHeaders(answer.headers);
  const body = readable(answer.body, headers, hop, fail);
  return {
    status: answer.statusCode,
    headers,
    url: hop.url.href,
    redirected,
    body,
    bytes: (limit) => collect(body, limit, `${hop.method} ${displayUrl(hop.url)}`),
    async discard() {
      // Errors of a body that nobody wants are nobody's business.
      await answer.body.dump({ limit: WORTH_READING }).catch(() => {});
    },
  };
}

function toHeaders(raw: Record<string, string | string[] | undefined>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(raw)) {
    for (const one of Array.isArray(value) ? value : [value ?? '']) headers.append(name, one);
  }
  return headers;
}

async function* readable(
  body: AsyncIterable<Uint8Array>,
  headers: Headers,
  hop: Hop,
  fail: (error: unknown) => SlipwayError,
): AsyncGenerator<Uint8Array> {
  const encoding = headers.get('content-encoding') ?? 'identity';
  try {
    if (encoding.toLowerCase() !== 'identity') throw encoded(encoding, hop);
    for await (const chunk of body) yield chunk;
  } catch (error) {
    throw fail(error);
  }
}

function encoded(encoding: string, hop: Hop): SlipwayError {
  return new SlipwayError('NET_PROTOCOL', `'${hop.url.host}' compressed an answer that was asked for as it is`, {
    where: `${hop.method} ${displayUrl(hop.url)}`,
    got: `Content-Encoding: ${encoding}`,
  });
}
