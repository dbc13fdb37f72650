import { SlipwayError, throwIfAborted, abortedError, type Direction } from '../core/index.js';
import { isLoopbackHost, isPublicHost } from './address.js';
import { outgoing } from './body.js';
import type { HttpClient, HttpOptions, HttpRequest, HttpResponse, OnRetry, Retry } from './client.js';
import { Dispatchers, IDLE_BODY_TIMEOUT_MS } from './dispatchers.js';
import { CONNECT_TIMEOUT_MS } from './exchange.js';
import { loadEngine } from './undici-engine.js';
import { fetchOver } from './fetch.js';
import { networkError } from './network-error.js';
import { proxyAddresses, proxyFor } from './proxies.js';
import { isRedirect, MOST_REDIRECTS, nextHop, tooManyRedirects, type Hop } from './redirect.js';
import { largeAnswer } from './large-answer.js';
import { createResponse, type Answer } from './response.js';
import { headersDeadline, lowSpeedOf } from './stalled.js';
import { delayBefore, retryAfterMs, statusText, wait } from './retry.js';
import { isIdempotent, isTransient } from './try-again.js';
import { displayUrl, Secrets } from './secrets.js';
import { Waits } from './waits.js';

const HEADERS_TIMEOUT_MS = 30_000;
/** Before headers can come: name, connection, encryption, and a queue for the connection. */
const CONNECT_ALLOWANCE_MS = 30_000;
const ATTEMPTS = 5;
const RETRY_DELAY_MS = 500;
/** Bytes of a body that are received before its reader asks for them: a reader that stops and starts must not stop the sender. */
const BODY_AHEAD = 1024 * 1024;
/** Bodies from this size on are worth a connection of their own. */
const LARGE_BODY = 16 * 1024 * 1024;

/** Opens the way to the network. Close it when the run ends. */
export function createHttpClient(options: HttpOptions = {}): HttpClient {
  return clientOf(new Transport(options), options.onRetry);
}

function clientOf(transport: Transport, onRetry: OnRetry | undefined): HttpClient {
  const send = (request: HttpRequest): Promise<HttpResponse> => transport.send(request, onRetry);
  return {
    send,
    fetch: fetchOver(send),
    tellingRetries: (listener) => clientOf(transport, listener),
    protect: (secret) => transport.secrets.add(secret),
    redact: (text) => transport.secrets.redact(text),
    close: () => transport.close(),
  };
}

class Transport {
  readonly secrets: Secrets = new Secrets();
  readonly #options: HttpOptions;
  #dispatchers: Dispatchers | undefined;
  #closing = new AbortController();
  /** Origins that do not answer in the plainest way. */
  readonly #intricate = new Set<string>();

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  async close(): Promise<void> {
    const dispatchers = this.#dispatchers;
    this.#dispatchers = undefined;
    this.#closing.abort();
    this.#closing = new AbortController();
    // Not `close`: that would wait for bodies which are no longer read.
    await dispatchers?.destroy();
  }

  /** Follows redirects; each hop starts from what the one before was allowed to carry. */
  async send(request: HttpRequest, onRetry: OnRetry | undefined): Promise<HttpResponse> {
    const first = firstHop(request);
    let hop = first;
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      const response = await this.#attempts(request, hop, redirects > 0, onRetry);
      if (!isRedirect(response.status) || request.redirect === 'manual') return response;
      await response.discard();
      if (request.redirect === 'error') throw unexpectedRedirect(hop.url);
      const next = nextHop(hop, response.status, response.headers.get('location'));
      if (next.hasBody && request.body?.kind === 'stream') throw unexpectedRedirect(hop.url);
      hop = next;
    }
    throw tooManyRedirects(first.url);
  }

  /** Repeats what may be repeated. The last failure is thrown as it is: its cause matters more than the count. */
  async #attempts(
    request: HttpRequest,
    hop: Hop,
    redirected: boolean,
    onRetry: OnRetry | undefined,
  ): Promise<HttpResponse> {
    const { attempts = ATTEMPTS, retryDelayMs = RETRY_DELAY_MS } = this.#options;
    const idempotent = request.repeatable ?? isIdempotent(hop.method);
    const most = request.body?.kind === 'stream' && hop.hasBody ? 1 : attempts;
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#once(request, hop, redirected).catch((error: unknown) => this.#failure(error, hop));
      const failed = SlipwayError.is(outcome);
      const again = failed
        ? idempotent && outcome.details.retryable === true
        : isTransient(outcome.status, idempotent) && request.repeatable !== false;
      const asked = failed ? undefined : retryAfterMs(outcome.headers, Date.now());
      const delayMs = again && attempt < most ? delayBefore(attempt, retryDelayMs, asked) : undefined;
      if (delayMs === undefined) {
        if (failed) throw outcome;
        return outcome;
      }
      if (!failed) await outcome.discard();
      const url = this.secrets.redact(displayUrl(hop.url));
      onRetry?.({ url, attempt, of: most, delayMs, ...causeOf(outcome) });
      await wait(delayMs, request.signal);
    }
  }

  async #once(request: HttpRequest, hop: Hop, redirected: boolean): Promise<HttpResponse> {
    throwIfAborted(request.signal);
    this.#checkAllowed(hop.url, request.publicOnly === true);
    this.secrets.addUrl(hop.url);
    const proxy = proxyFor(hop.url, this.#options.env);
    if (proxy !== undefined) this.secrets.addUrl(proxy);
    for (const [name, value] of Object.entries(hop.headers)) this.secrets.addHeader(name, value);
    const idle = new AbortController();
    const signals = request.signal === undefined ? [idle.signal] : [request.signal, idle.signal];
    const { onBytes, onWait } = this.#options;
    const count = (direction: 'received' | 'sent') => (bytes: number) => onBytes?.(direction, hop.url.host, bytes);
    const sent = onBytes && count('sent');
    const waits = (direction: Direction): Waits =>
      new Waits(onWait && ((isWaiting) => onWait(direction, hop.url.host, isWaiting)));
    const asking = waits(hop.hasBody ? 'sent' : 'received');
    asking.set(true);
    const content = hop.hasBody ? outgoing(request.body, () => idle.abort(idleError()), sent) : undefined;
    const body = content === undefined || content instanceof Uint8Array ? content : asking.sending(content);
    const headersTimeout = request.headersTimeoutMs ?? HEADERS_TIMEOUT_MS;
    // An upload waits on the registry for as long as its last byte is fresh: the connection's own clock is the one for it.
    const endDeadline = hop.hasBody
      ? (): void => {}
      : headersDeadline(CONNECT_ALLOWANCE_MS + headersTimeout, (error) => idle.abort(error));
    try {
      const isLarge = proxy === undefined && hop.method === 'GET' && (request.lentBytes ?? 0) >= LARGE_BODY;
      const large = isLarge ? await this.#large(request, hop, signals, headersTimeout) : undefined;
      const answer = large ?? (await this.#dispatch(request, hop, { proxy, body, signals, headersTimeout }));
      endDeadline();
      await refuseProxyError(answer);
      const fail = (error: unknown): SlipwayError => this.#failure(error, hop, request.signal);
      const lowSpeed = lowSpeedOf(this.#options.env);
      return createResponse(answer, hop, {
        redirected,
        fail,
        lowSpeed,
        received: onBytes && count('received'),
        waits: waits('received'),
      });
    } catch (error) {
      throw this.#failure(idle.signal.aborted ? idle.signal.reason : error, hop, request.signal);
    } finally {
      endDeadline();
      asking.end();
    }
  }

  async #dispatch(request: HttpRequest, hop: Hop, sending: Sending): Promise<Answer> {
    const { proxy, body, signals, headersTimeout } = sending;
    const publicOnly = request.publicOnly === true;
    const headers = withLength(hop, request);
    if (proxy === undefined) {
      const { method, url } = hop;
      const repeatable = (request.repeatable ?? isIdempotent(method)) && request.body?.kind !== 'stream';
      return this.#connections().direct(url, publicOnly, {
        method,
        url,
        headers,
        body,
        signals,
        repeatable,
        headersTimeoutMs: headersTimeout,
      });
    }
    const dispatcher = await this.#connections().through(hop.url, proxy);
    return (await loadEngine()).request(dispatcher, hop.url, {
      method: hop.method,
      headers,
      body: (body === undefined || body instanceof Uint8Array ? (body ?? null) : owned(body)) as Uint8Array | null,
      signal: AbortSignal.any([...signals]),
      headersTimeout,
      highWaterMark: BODY_AHEAD,
      // undici hangs up after each HEAD, for servers that send a body with it: a handshake for every blob that is looked for.
      ...(hop.method === 'HEAD' && { reset: false }),
    });
  }

  /** `undefined` for a host that does not answer in the plainest way. */
  async #large(
    request: HttpRequest,
    hop: Hop,
    signals: readonly AbortSignal[],
    headersTimeoutMs: number,
  ): Promise<Answer | undefined> {
    if (this.#intricate.has(hop.url.origin)) return undefined;
    const answer = await largeAnswer({
      url: hop.url,
      headers: hop.headers,
      connect: this.#connections().options(hop.url, request.publicOnly === true),
      signal: AbortSignal.any([...signals, this.#closing.signal]),
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      headersTimeoutMs,
      idleTimeoutMs: IDLE_BODY_TIMEOUT_MS,
    });
    if (answer === undefined) this.#intricate.add(hop.url.origin);
    return answer;
  }

  #connections(): Dispatchers {
    this.#dispatchers ??= new Dispatchers(this.#options);
    return this.#dispatchers;
  }

  #failure(error: unknown, hop: Hop, signal?: AbortSignal): SlipwayError {
    if (signal?.aborted) return abortedError(signal);
    const { http, https } = proxyAddresses(this.#options.env);
    return networkError(error, hop.method, hop.url, this.secrets, [http, https]);
  }

  #checkAllowed(url: URL, publicOnly: boolean): void {
    const where = displayUrl(url);
    if (this.#options.offline === true) {
      throw new SlipwayError('OFFLINE', `'${url.host}' is not asked: the run is offline`, {
        where,
        try: 'leave out --offline (PIPELINE_OFFLINE, HF_HUB_OFFLINE)',
      });
    }
    const insecure = this.#options.insecureHosts ?? [];
    if (url.protocol === 'http:' && !isLoopbackHost(url.hostname) && !insecure.includes(url.host)) {
      throw new SlipwayError('INSECURE_REFUSED', `refused to speak to '${url.host}' without encryption`, {
        where,
        try: `use https, or allow it: --insecure-http ${url.host}`,
      });
    }
    // Names are checked when they are looked up; an address never is.
    if (publicOnly && !isPublicHost(url.hostname)) {
      throw new SlipwayError('INSECURE_REFUSED', `'${url.host}' is not a public address`, { where });
    }
  }
}

/** undici keeps small chunks for a moment after it has asked for the next: what is lent is copied for it. */
async function* owned(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) yield Buffer.from(chunk);
}

/** What a request is sent with. */
interface Sending {
  readonly proxy: URL | undefined;
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | undefined;
  readonly signals: readonly AbortSignal[];
  readonly headersTimeout: number;
}

function causeOf(outcome: HttpResponse | SlipwayError): Pick<Retry, 'code' | 'reason' | 'status'> {
  if (SlipwayError.is(outcome)) return { code: outcome.code, reason: outcome.message };
  return { code: 'NET_UNAVAILABLE', reason: statusText(outcome.status), status: outcome.status };
}

function firstHop(request: HttpRequest): Hop {
  const url = parseUrl(request.url);
  if (url.username !== '' || url.password !== '') {
    throw new SlipwayError('USAGE', `the address of '${url.host}' must not hold a user name or password`, {
      where: displayUrl(url),
    });
  }
  return {
    url,
    method: (request.method ?? 'GET').toUpperCase(),
    // Content is addressed by its digest: it must come as it is stored.
    headers: { 'accept-encoding': 'identity', 'user-agent': 'slipway', ...lowerCase(request.headers ?? {}) },
    hasBody: request.body !== undefined,
  };
}

function parseUrl(url: string | URL): URL {
  if (URL.canParse(String(url))) {
    const parsed = new URL(url);
    if (parsed.protocol === 'https:' || parsed.protocol === 'http:') return parsed;
  }
  throw new SlipwayError('USAGE', 'an address that is neither http nor https cannot be fetched', {
    got: displayUrl(url),
  });
}

/** What a proxy says in its own name; in the words of undici, which says so of a tunnel. */
async function refuseProxyError({ statusCode, headers, body }: Answer): Promise<void> {
  if (statusCode !== 407 && headers['x-squid-error'] === undefined) return;
  await body.dump({ limit: 64 * 1024 }).catch(() => {});
  throw new Error(`Proxy response (${statusCode})`);
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function withLength(hop: Hop, request: HttpRequest): Record<string, string> {
  const size = request.body?.kind === 'stream' ? request.body.size : undefined;
  return hop.hasBody && size !== undefined ? { ...hop.headers, 'content-length': String(size) } : { ...hop.headers };
}

function idleError(): Error {
  return Object.assign(new Error('no data was taken for a minute'), { code: 'SLIPWAY_IDLE' });
}

function unexpectedRedirect(url: URL): SlipwayError {
  return new SlipwayError('NET_REDIRECT', `'${url.host}' redirected a request that must not be redirected`, {
    where: displayUrl(url),
  });
}
