import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { rootCertificates } from 'node:tls';
import type * as Undici from 'undici';
import type { Dispatcher } from 'undici';
import { type ClientCertificate, readRegularTextSync, SlipwayError } from '../core/index.js';
import { isPublicAddress } from './address.js';
import type { HttpOptions } from './client.js';
import { proxyAuthorization } from './proxies.js';

const PEM_CERTIFICATE = '-----BEGIN CERTIFICATE-----';
const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_BODY_TIMEOUT_MS = 60_000;

/** The client's engine, loaded with the first request: most commands on local files never need it. */
export const loadUndici = async (): Promise<typeof Undici> => import('undici');

/** The connections of one client. */
export class Dispatchers {
  readonly #options: HttpOptions;
  readonly #open = new Map<string, Dispatcher>();

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  /**
   * The connections for a URL, through its proxy if it has one: a host's client certificate is shown to no other host.
   * `publicOnly` ones refuse addresses that are not public.
   */
  async for(url: URL, proxy: URL | undefined, publicOnly: boolean): Promise<Dispatcher> {
    const undici = await loadUndici();
    const certificate = this.#options.clientCertificates?.find((one) => one.host === url.host);
    const way = proxy === undefined ? 'direct' : `${isForwarded(url, proxy) ? 'forward' : 'tunnel'} ${proxy.href}`;
    const key = `${certificate === undefined ? '' : url.host} ${publicOnly} ${way}`;
    const known =
      this.#open.get(key) ?? createDispatcher(undici, this.#options, { url, publicOnly, certificate, proxy });
    this.#open.set(key, known);
    return known;
  }

  async destroy(): Promise<void> {
    await Promise.all([...this.#open.values()].map((dispatcher) => dispatcher.destroy()));
  }
}

interface Way {
  readonly url: URL;
  readonly publicOnly: boolean;
  readonly certificate: ClientCertificate | undefined;
  readonly proxy: URL | undefined;
}

function createDispatcher({ Agent, ProxyAgent }: typeof Undici, options: HttpOptions, way: Way): Dispatcher {
  const { url, publicOnly, certificate, proxy } = way;
  const ca = authorities(options);
  const proxyTls = { timeout: CONNECT_TIMEOUT_MS, ca };
  const tls = { ...proxyTls, ...(certificate !== undefined && { cert: certificate.cert, key: certificate.key }) };
  const agent = {
    bodyTimeout: IDLE_BODY_TIMEOUT_MS,
    // The default of 4 s is too short for a converter that computes between two requests.
    keepAliveTimeout: 15_000,
  };
  if (proxy === undefined) {
    return new Agent({ ...agent, connect: { ...tls, ...(publicOnly && { lookup: publicLookup }) } });
  }
  if (isForwarded(url, proxy)) return forwarding(new Agent({ ...agent, connect: proxyTls }), proxy);
  const token = proxyAuthorization(proxy);
  const secured = { requestTls: tls, proxyTls, token };
  return new ProxyAgent({ ...agent, uri: proxy.href, ...secured });
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

/** Node's own authorities and the configured ones; `undefined` leaves Node's default alone. */
function authorities({ ca, env = {} }: HttpOptions): string[] | undefined {
  const files = [env['SSL_CERT_FILE'], env['NODE_EXTRA_CA_CERTS']].filter((path) => path !== undefined && path !== '');
  if (ca === undefined && files.length === 0) return undefined;
  const extra = files.map((path) => readAuthority(path ?? ''));
  if (ca !== undefined && !ca.includes(PEM_CERTIFICATE)) {
    throw new SlipwayError('CONFIG_INVALID', 'the certificate authorities given hold no certificate', {
      try: `a PEM file has a line '${PEM_CERTIFICATE}'`,
    });
  }
  return [...rootCertificates, ...extra, ...(ca === undefined ? [] : [ca])];
}

function readAuthority(path: string): string {
  try {
    return readRegularTextSync(path);
  } catch (cause) {
    throw new SlipwayError('CONFIG_INVALID', `cannot read the certificate file '${path}'`, {
      where: path,
      cause,
      try: 'check SSL_CERT_FILE and NODE_EXTRA_CA_CERTS',
    });
  }
}

/** Looks a name up once and hands exactly the checked addresses to the connection, so that a second answer cannot differ. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  systemLookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, '', 0);
    const bad = addresses.find(({ address }) => !isPublicAddress(address));
    if (bad !== undefined) return callback(notPublic(hostname), '', 0);
    if (options.all === true) return callback(null, addresses);
    const [first] = addresses;
    return first === undefined ? callback(notPublic(hostname), '', 0) : callback(null, first.address, first.family);
  });
};

function notPublic(hostname: string): SlipwayError {
  return new SlipwayError('INSECURE_REFUSED', `'${hostname}' does not lead to a public address`, { where: hostname });
}
