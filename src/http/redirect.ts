import { SlipwayError } from '../core/index.js';
import { displayUrl } from './secrets.js';

/** How many redirects are followed. */
export const MOST_REDIRECTS = 5;

const STATUSES = new Set([301, 302, 303, 307, 308]);
// What another origin may be told: nothing that could be a credential, whatever its name.
const HARMLESS = new Set(['accept', 'accept-encoding', 'accept-language', 'range', 'if-range', 'user-agent']);

export interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly hasBody: boolean;
}

export function isRedirect(status: number): boolean {
  return STATUSES.has(status);
}

/**
 * The request that follows a redirect. Headers that another origin must not see are gone for good: the next hop starts
 * from this one, so that a redirect back does not bring them back. Throws `NET_REDIRECT`.
 */
export function nextHop(hop: Hop, status: number, location: string | null): Hop {
  const url = target(hop.url, location);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw refused(hop.url, url, 'to a scheme that is not HTTP');
  if (hop.url.protocol === 'https:' && url.protocol === 'http:') throw refused(hop.url, url, 'from https to http');
  if (url.username !== '' || url.password !== '') throw refused(hop.url, url, 'to a URL with user information');
  const sameOrigin = url.origin === hop.url.origin;
  const toGet = status === 303 ? hop.method !== 'HEAD' : status < 303 && hop.method === 'POST';
  const hasBody = hop.hasBody && !toGet;
  if (hasBody && !sameOrigin) throw refused(hop.url, url, 'of a request with a body to another origin');
  const headers = sameOrigin ? hop.headers : harmless(hop.headers);
  return {
    url,
    method: toGet ? 'GET' : hop.method,
    headers: hasBody ? headers : withoutBodyHeaders(headers),
    hasBody,
  };
}

function target(from: URL, location: string | null): URL {
  if (location !== null && URL.canParse(location, from.href)) return new URL(location, from);
  throw new SlipwayError('NET_REDIRECT', `'${from.host}' answered with a redirect to nowhere`, {
    where: displayUrl(from),
  });
}

function harmless(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => HARMLESS.has(name.toLowerCase())));
}

function withoutBodyHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !/^content-/i.test(name)));
}

function refused(from: URL, to: URL, what: string): SlipwayError {
  return new SlipwayError('NET_REDIRECT', `refused a redirect ${what}`, {
    where: displayUrl(from),
    got: `Location: ${displayUrl(to)}`,
    context: { from: from.origin, to: to.origin },
  });
}

/** The error for a chain of redirects that does not end. */
export function tooManyRedirects(first: URL): SlipwayError {
  return new SlipwayError('NET_REDIRECT', `'${first.host}' redirected more than ${MOST_REDIRECTS} times`, {
    where: displayUrl(first),
    context: { limit: MOST_REDIRECTS },
  });
}
