import type { Dispatcher } from 'undici';
import type { ClientCertificate } from '../core/index.js';
import { authorities } from './authorities.js';
import type { HttpOptions } from './client.js';
import { Connections, type Connecting } from './connections.js';
import { CONNECT_TIMEOUT_MS, type PlainRequest } from './exchange.js';
import { loadEngine, loadProxyAgent, type Engine } from './undici-engine.js';
import { proxyAuthorization } from './proxies.js';
import { publicLookup } from './public-lookup.js';
import type { Answer } from './response.js';

export const IDLE_BODY_TIMEOUT_MS = 60_000;

/** The connections of one client. */
export class Dispatchers {
  readonly #options: HttpOptions;
  readonly #direct = new Connections();
  readonly #open = new Map<string, Dispatcher>();
  #authorities: { readonly ca: string[] | undefined } | undefined;

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  /** Sends a request without a proxy. A host's client certificate is shown to no other host. */
  async direct(url: URL, publicOnly: boolean, request: PlainRequest): Promise<Answer> {
    const target = { key: `${url.origin} ${publicOnly}`, connecting: this.options(url, publicOnly) };
    return this.#direct.request(target, request);
  }

  /** The connections for a URL through its proxy, which looks its host up itself. */
  async through(url: URL, proxy: URL): Promise<Dispatcher> {
    const way = `${isForwarded(url, proxy) ? 'forward' : 'tunnel'} ${proxy.href}`;
    const host = this.#certificateFor(url) === undefined ? '' : url.host;
    const key = `${url.protocol} ${host} ${way}`;
    const loaded = { Agent: (await loadEngine()).Agent, ProxyAgent: await loadProxyAgent() };
    const known = this.#open.get(key) ?? this.#create(loaded, url, proxy);
    this.#open.set(key, known);
    return known;
  }

  /** How a host is connected to directly. */
  options(url: URL, publicOnly: boolean): Connecting {
    const lookup = publicOnly && { lookup: publicLookup };
    // Whom to trust is read where there is something to encrypt.
    if (url.protocol !== 'https:') return { ...lookup };
    const certificate = this.#certificateFor(url);
    const own = certificate !== undefined && { cert: certificate.cert, key: certificate.key };
    return { ...this.#trust(), ...own, ...lookup };
  }

  async destroy(): Promise<void> {
    this.#direct.destroy();
    await Promise.all([...this.#open.values()].map((dispatcher) => dispatcher.destroy()));
  }

  #create({ Agent, ProxyAgent }: Loaded, url: URL, proxy: URL): Dispatcher {
    const agent = {
      bodyTimeout: IDLE_BODY_TIMEOUT_MS,
      // The default of 4 s is too short for a converter that computes between two requests.
      keepAliveTimeout: 15_000,
    };
    const timeout = CONNECT_TIMEOUT_MS;
    const proxyTls = { timeout, ...this.#trust() };
    if (isForwarded(url, proxy)) return forwarding(new Agent({ ...agent, connect: proxyTls }), proxy);
    const token = proxyAuthorization(proxy);
    const requestTls = { timeout, ...this.options(url, false) };
    return new ProxyAgent({ ...agent, uri: proxy.href, requestTls, proxyTls, ...(token !== undefined && { token }) });
  }

  #certificateFor(url: URL): ClientCertificate | undefined {
    return this.#options.clientCertificates?.find((one) => one.host === url.host);
  }

  #trust(): { readonly ca?: string[] } {
    this.#authorities ??= { ca: authorities(this.#options) };
    const { ca } = this.#authorities;
    return ca === undefined ? {} : { ca };
  }
}

interface Loaded {
  readonly Agent: Engine['Agent'];
  readonly ProxyAgent: Awaited<ReturnType<typeof loadProxyAgent>>;
}

/** Plain HTTP over a proxy that speaks HTTP itself; everything else goes through a tunnel. */
function isForwarded(url: URL, proxy: URL): boolean {
  return url.protocol === 'http:' && !proxy.protocol.startsWith('socks');
}

/**
 * Connections to a proxy that forwards plain HTTP: the request names the whole URL. A tunnel would be refused: proxies make
 * them to port 443 only.
 */
function forwarding(agent: Dispatcher, proxy: URL): Dispatcher {
  const authorization = proxyAuthorization(proxy);
  return agent.compose((dispatch) => (request, handler) => {
    const target = new URL(request.path, request.origin);
    const headers = {
      host: target.host,
      ...(request.headers as Readonly<Record<string, string>>),
      ...(authorization !== undefined && { 'proxy-authorization': authorization }),
    };
    return dispatch({ ...request, origin: proxy.origin, path: target.href, headers }, handler);
  });
}
