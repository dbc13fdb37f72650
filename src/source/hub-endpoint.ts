import { join } from 'node:path';
import { readRegularText, SlipwayError } from '../core/index.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** A token for the Hub and where it was found; the value never leaves the requests to the Hub itself. */
export interface HubToken {
  readonly value: string;
  readonly origin: string;
}

const MAX_TOKEN_LENGTH = 4096;

/**
 * The Hub's base URL: `HF_ENDPOINT` or huggingface.co. Plain HTTP only on loopback and for `insecureHosts`.
 * Throws `USAGE`, `INSECURE_REFUSED`.
 */
export function hubEndpoint(env: Environment, insecureHosts: readonly string[] = []): URL {
  const text = env['HF_ENDPOINT'] ?? '';
  const address = text === '' ? 'https://huggingface.co' : text;
  if (!URL.canParse(address)) {
    throw new SlipwayError('USAGE', `HF_ENDPOINT is not a URL`, { got: `'${address}'`, try: 'https://huggingface.co' });
  }
  const url = new URL(address);
  requireSecure(url, 'HF_ENDPOINT', insecureHosts);
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}

/** Throws `INSECURE_REFUSED` for anything but HTTPS, or HTTP on loopback and where it is allowed. */
export function requireSecure(url: URL, what: string, insecureHosts: readonly string[] = []): void {
  const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  const isAllowed = loopback || insecureHosts.includes(url.host);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isAllowed)) return;
  throw new SlipwayError('INSECURE_REFUSED', `${what} is not served over HTTPS`, {
    where: `${url.protocol}//${url.host}`,
    ...(url.protocol === 'http:' && {
      try: `use https, or allow it: --insecure-http ${url.host}, or network: { insecureHosts: ['${url.host}'] }`,
    }),
  });
}

/** As {@link requireSecure} for where the Hub sends us on; throws `NET_REDIRECT` where HTTPS would be left. */
export function requireSecureLink(url: URL, from: URL, what: string, insecureHosts?: readonly string[]): void {
  if (from.protocol === 'https:' && url.protocol !== 'https:') {
    throw new SlipwayError('NET_REDIRECT', `the Hub redirects ${what} to where it must not`, {
      where: from.host,
      got: `${url.protocol}//${url.host}`,
    });
  }
  requireSecure(url, what, insecureHosts);
}

/** True when `HF_HUB_OFFLINE` (or its older twin) is set to a true value, as the Python client reads it. */
export function hubOffline(env: Environment): boolean {
  return isOn(env['HF_HUB_OFFLINE']) || isOn(env['TRANSFORMERS_OFFLINE']);
}

/** True when `HF_HUB_DISABLE_XET` is set to a true value: nothing is read over the Xet protocol then. */
export function hubXetDisabled(env: Environment): boolean {
  return isOn(env['HF_HUB_DISABLE_XET']);
}

function isOn(value: string | undefined): boolean {
  return /^(1|true|yes|on)$/i.test(value ?? '');
}

/** The Python client's folder: `HF_HOME`, else `huggingface` in the user's cache directory; nothing without a home. */
function hubHome(env: Environment): string | undefined {
  if (env['HF_HOME'] !== undefined && env['HF_HOME'] !== '') return env['HF_HOME'];
  const home = env['HOME'] ?? env['USERPROFILE'];
  const cache = env['XDG_CACHE_HOME'] ?? (home === undefined ? undefined : join(home, '.cache'));
  return cache === undefined ? undefined : join(cache, 'huggingface');
}

/** Where the Python client keeps what it downloaded: `HF_HUB_CACHE`, else `hub` in its folder. */
export function hubCacheDirectory(env: Environment): string | undefined {
  const named = env['HF_HUB_CACHE'] ?? env['HUGGINGFACE_HUB_CACHE'];
  if (named !== undefined && named !== '') return named;
  const home = hubHome(env);
  return home === undefined ? undefined : join(home, 'hub');
}

/** The token of `HF_TOKEN`, else of the file that `hf auth login` writes. No rule about its form. */
export async function findHubToken(env: Environment): Promise<HubToken | undefined> {
  for (const name of ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN']) {
    const value = cleaned(env[name]);
    if (value !== undefined) return { value, origin: name };
  }
  const home = hubHome(env);
  const path = env['HF_TOKEN_PATH'] ?? (home === undefined ? undefined : join(home, 'token'));
  if (path === undefined || path === '') return undefined;
  // An unreadable token file is like none: the Hub then says what is missing.
  const text = await readRegularText(path).catch(() => '');
  const value = cleaned(text);
  return value === undefined ? undefined : { value, origin: path };
}

function cleaned(text: string | undefined): string | undefined {
  const value = text?.trim();
  // Anything else cannot be sent in a header.
  return value !== undefined && /^[\x21-\x7e]+$/.test(value) && value.length <= MAX_TOKEN_LENGTH ? value : undefined;
}
