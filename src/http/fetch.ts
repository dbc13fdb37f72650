import { atMost } from './body.js';
import type { HttpRequest, HttpResponse, RequestBody } from './client.js';

/** What our own responses are made of. */
const streams = new WeakMap<Response, AsyncIterable<Uint8Array>>();

/** The body of a response, past the cost of a ReadableStream where `fetchOver` made it. May be read once. */
export function bodyOf(response: Response): AsyncIterable<Uint8Array> | null {
  return streams.get(response) ?? response.body;
}

/**
 * The response with a body of at most `limit` bytes, for libraries that read all of what they are sent; beyond, their reading
 * throws `NET_PROTOCOL`.
 */
export function limitedResponse(response: Response, limit: number, where: string): Response {
  const content = bodyOf(response);
  if (content === null) return response;
  const { status, headers } = response;
  const limited = new Response(ReadableStream.from(atMost(content, limit, where)), { status, headers });
  Object.defineProperty(limited, 'url', { value: response.url });
  Object.defineProperty(limited, 'redirected', { value: response.redirected });
  return limited;
}

const WITHOUT_BODY = new Set([101, 204, 205, 304]);

/** The standard `fetch` over our own way of sending, for libraries that want one. */
export function fetchOver(send: (request: HttpRequest) => Promise<HttpResponse>): typeof globalThis.fetch {
  return async (input, init = {}) => {
    const base = input instanceof Request ? input : undefined;
    const signal = init.signal ?? base?.signal;
    const headers = new Headers(init.headers ?? base?.headers);
    const body = await toBody(init.body ?? base?.body ?? undefined, headers);
    const response = await send({
      url: input instanceof Request ? input.url : input,
      method: init.method ?? base?.method ?? 'GET',
      headers: Object.fromEntries(headers),
      redirect: init.redirect ?? base?.redirect ?? 'follow',
      signal,
      body,
    });
    return toResponse(response, (init.method ?? base?.method ?? 'GET').toUpperCase());
  };
}

/** Streams pass as streams; everything else becomes bytes, which a retry can send again. */
async function toBody(body: RequestInit['body'], headers: Headers): Promise<RequestBody | undefined> {
  if (body === undefined || body === null) return undefined;
  if (body instanceof ReadableStream) {
    const length = headers.get('content-length');
    headers.delete('content-length');
    const content = body as AsyncIterable<Uint8Array>;
    return { kind: 'stream', content, ...(length !== null && { size: Number(length) }) };
  }
  const whole = new Response(body);
  const type = whole.headers.get('content-type');
  if (type !== null && !headers.has('content-type')) headers.set('content-type', type);
  return { kind: 'bytes', bytes: new Uint8Array(await whole.arrayBuffer()) };
}

async function toResponse(answer: HttpResponse, method: string): Promise<Response> {
  const empty = WITHOUT_BODY.has(answer.status) || method === 'HEAD';
  if (empty) await answer.discard();
  const body = empty ? null : ReadableStream.from(answer.body);
  const response = new Response(body, {
    status: answer.status,
    headers: [...answer.headers],
  });
  if (!empty) streams.set(response, answer.body);
  // The constructor knows no URL; libraries name it in their errors.
  Object.defineProperty(response, 'url', { value: answer.url });
  Object.defineProperty(response, 'redirected', { value: answer.redirected });
  return response;
}
