import { BlockList, isIP, isIPv6 } from 'node:net';
import { decodePercent, SlipwayError } from '../core/index.js';
import { isLoopbackHost } from './address.js';

type Env = Readonly<Record<string, string | undefined>>;

const SCHEMES: ReadonlySet<string> = new Set(['http:', 'https:', 'socks:', 'socks5:']);

/** Proxies of the environment, as addresses; those that the variables name. Throws `CONFIG_INVALID`. */
export function proxyAddresses(env: Env = {}): { readonly http: string; readonly https: string } {
  const address = (name: string): string => {
    const value = env[name] ?? env[name.toUpperCase()] ?? '';
    // As curl has it: a proxy without a scheme is spoken to in HTTP.
    const withScheme = value === '' || value.includes('://') ? value : `http://${value}`;
    if (value === '' || (URL.canParse(withScheme) && SCHEMES.has(new URL(withScheme).protocol))) return withScheme;
    throw new SlipwayError('CONFIG_INVALID', `${name.toUpperCase()} is not the address of a proxy`, {
      where: name.toUpperCase(),
      try: `${name.toUpperCase()}=http://proxy.example:3128`,
    });
  };
  return { http: address('http_proxy'), https: address('https_proxy') };
}

/**
 * The proxy that a URL is asked through, or `undefined`. HTTPS_PROXY counts for https, HTTP_PROXY for http and, where it is
 * the only one, for both. Loopback never goes through one: there it would be the proxy's own loopback.
 */
export function proxyFor(url: URL, env: Env = {}): URL | undefined {
  const { http, https } = proxyAddresses(env);
  const address = url.protocol === 'https:' && https !== '' ? https : http;
  if (address === '' || isLoopbackHost(url.hostname) || isExcepted(url, noProxy(env))) return undefined;
  return new URL(address);
}

/** The value of a Proxy-Authorization header for the user information of a proxy's address. */
export function proxyAuthorization({ username, password }: URL): string | undefined {
  if (username === '') return undefined;
  const pair = `${decodePercent(username) ?? username}:${decodePercent(password) ?? password}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

function noProxy(env: Env): string[] {
  return (env['no_proxy'] ?? env['NO_PROXY'] ?? '').split(/[,\s]+/).filter((entry) => entry !== '');
}

function isExcepted(url: URL, entries: readonly string[]): boolean {
  const host = url.hostname.toLowerCase();
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return entries.some((entry) => entry === '*' || matches(entry.toLowerCase(), host, port));
}

/** `host`, `.domain`, `*.domain` (both also the domain itself), an address or a network of them; `:port` may follow. */
function matches(entry: string, host: string, port: string): boolean {
  if (entry.includes('/')) return isInNetwork(bare(host), entry);
  if (isIP(bare(entry)) !== 0) return bare(entry) === bare(host);
  const [, name = entry, only] = /^(.+):(\d+)$/.exec(entry) ?? [];
  if (only !== undefined && only !== port) return false;
  const domain = name.replace(/^\*?\./, '');
  return bare(host) === bare(domain) || host.endsWith(`.${domain}`);
}

function isInNetwork(host: string, network: string): boolean {
  const [base = '', bits = ''] = network.split('/');
  const family = isIPv6(base) ? 'ipv6' : 'ipv4';
  if (isIP(host) === 0 || isIP(base) === 0 || !/^\d{1,3}$/.test(bits)) return false;
  if (Number(bits) > (family === 'ipv6' ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(base, Number(bits), family);
  return list.check(host, isIPv6(host) ? 'ipv6' : 'ipv4');
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}
