import { readFileSync } from 'node:fs';
import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { rootCertificates } from 'node:tls';
import type * as Undici from 'undici';
import type { Dispatcher } from 'undici';
import { SlipwayError, type ClientCertificate } from '../core/index.js';
import { isPublicAddress } from './address.js';
import type { HttpOptions } from './client.js';

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

/** Proxies of the environment, as addresses; those that the variables name. Throws `CONFIG_INVALID`. */
export function proxyAddresses(env: HttpOptions['env'] = {}): { readonly http: string; readonly https: string } {
  const address = (name: string): string => {
    const value = env[name] ?? env[name.toUpperCase()] ?? '';
    // As curl has it: a proxy without a scheme is spoken to in HTTP.
    const given = value === '' || value.includes('://') ? value : `http://${value}`;
    if (value === '' || (URL.canParse(given) && PROXY_SCHEMES.has(new URL(given).protocol))) return given;
    throw new SlipwayError('CONFIG_INVALID', `${name.toUpperCase()} is not the address of a proxy`, {
      where: name.toUpperCase(),
      try: `${name.toUpperCase()}=http://proxy.example:3128`,
    });
  };
  return { http: address('http_proxy'), https: address('https_proxy') };
}

const PROXY_SCHEMES: ReadonlySet<string> = new Set(['http:', 'https:', 'socks:', 'socks5:']);

/** Every variable is given, if empty, so that undici does not look into the process's own environment. */
function proxies(
  env: Readonly<Record<string, string | undefined>>,
): { httpProxy: string; httpsProxy: string; noProxy: string } | undefined {
  const { http, https } = proxyAddresses(env);
  const except = (env['no_proxy'] ?? env['NO_PROXY'] ?? '').split(/[,\s]+/).filter((entry) => entry !== '');
  if ((http === '' && https === '') || except.includes('*')) return undefined;
  // Loopback is never asked for through a proxy: there it would be the proxy's own loopback.
  const noProxy = [...except, 'localhost', '127.0.0.1', '[::1]'].join(',');
  return { httpProxy: http, httpsProxy: https, noProxy };
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
