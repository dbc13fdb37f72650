import { readFileSync } from 'node:fs';
import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { rootCertificates } from 'node:tls';
import type * as Undici from 'undici';
import type { Dispatcher } from 'undici';
import { SlipwayError, type ClientCertificate } from '../core/index.js';
import { isPublicAddress } from './address.js';
import type { HttpOptions } from './client.js';

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
   * The connections for a host: its client certificate is shown to nobody else. `publicOnly` ones refuse addresses
   * that are not public.
   */
  async for(host: string, publicOnly: boolean): Promise<Dispatcher> {
    const undici = await loadUndici();
    const certificate = this.#options.clientCertificates?.find((one) => one.host === host);
    const key = `${certificate === undefined ? '' : host} ${publicOnly}`;
    const known = this.#open.get(key) ?? createDispatcher(undici, this.#options, publicOnly, certificate);
    this.#open.set(key, known);
    return known;
  }

  async destroy(): Promise<void> {
    await Promise.all([...this.#open.values()].map((dispatcher) => dispatcher.destroy()));
  }
}

function createDispatcher(
  { Agent, EnvHttpProxyAgent }: typeof Undici,
  options: HttpOptions,
  publicOnly: boolean,
  certificate: ClientCertificate | undefined,
): Dispatcher {
  const ca = authorities(options);
  const tls = {
    timeout: CONNECT_TIMEOUT_MS,
    ...(ca !== undefined && { ca }),
    ...(certificate !== undefined && { cert: certificate.cert, key: certificate.key }),
  };
  const agent = {
    connect: { ...tls, ...(publicOnly && { lookup: publicLookup }) },
    bodyTimeout: IDLE_BODY_TIMEOUT_MS,
    // The default of 4 s is too short for a converter that computes between two requests.
    keepAliveTimeout: 15_000,
  };
  const proxy = proxies(options.env ?? {});
  if (proxy === undefined) return new Agent(agent);
  const { cert: _, key: __, ...proxyTls } = { cert: '', key: '', ...tls };
  return new EnvHttpProxyAgent({ ...agent, ...proxy, requestTls: tls, proxyTls });
}

/** Every variable is given, if empty, so that undici does not look into the process's own environment. */
function proxies(
  env: Readonly<Record<string, string | undefined>>,
): { httpProxy: string; httpsProxy: string; noProxy: string } | undefined {
  const get = (name: string): string => env[name] ?? env[name.toUpperCase()] ?? '';
  const [httpProxy, httpsProxy] = [get('http_proxy'), get('https_proxy')];
  if (httpProxy === '' && httpsProxy === '') return undefined;
  // Loopback is never asked for through a proxy: there it would be the proxy's own loopback.
  const noProxy = [get('no_proxy'), 'localhost', '127.0.0.1', '[::1]'].filter((entry) => entry !== '').join(',');
  return { httpProxy, httpsProxy, noProxy };
}

/** Node's own authorities and the configured ones; `undefined` leaves Node's default alone. */
function authorities({ ca, env = {} }: HttpOptions): string[] | undefined {
  const files = [env['SSL_CERT_FILE'], env['NODE_EXTRA_CA_CERTS']].filter((path) => path !== undefined && path !== '');
  if (ca === undefined && files.length === 0) return undefined;
  const extra = files.map((path) => readAuthority(path ?? ''));
  return [...rootCertificates, ...extra, ...(ca === undefined ? [] : [ca])];
}

function readAuthority(path: string): string {
  try {
    return readFileSync(path, 'utf8');
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
