import { SlipwayError, type Digest } from '../../core/index.js';
import { displayUrl, isPublicHost, type HttpResponse } from '../../http/index.js';

/**
 * Where an upload goes on: `Location`, relative or absolute, against the URL that answered. Followed as given (it
 * carries the registry's state), unless it leads from https to http, or to another host of a private network.
 * Throws `OCI_PROTOCOL`, `INSECURE_REFUSED`.
 */
export function nextLocation(response: HttpResponse, fallback?: URL): URL {
  const location = response.headers.get('location');
  if (location === null && fallback !== undefined) return fallback;
  const from = new URL(response.url);
  if (location === null || !URL.canParse(location, from.href)) {
    throw new SlipwayError('OCI_PROTOCOL', `'${from.host}' did not say where the upload goes on`, {
      where: displayUrl(from),
    });
  }
  const url = new URL(location, from);
  const why = objection(from, url);
  if (why === undefined) return url;
  throw new SlipwayError('INSECURE_REFUSED', `refused to send an upload ${why}`, {
    where: displayUrl(from),
    got: `Location: ${displayUrl(url)}`,
    try: advice(from),
  });
}

function objection(from: URL, to: URL): string | undefined {
  if (to.protocol !== 'https:' && to.protocol !== 'http:') return 'to a scheme that is not HTTP';
  if (from.protocol === 'https:' && to.protocol === 'http:') return 'from https to http';
  if (to.username !== '' || to.password !== '') return 'to a URL with user information';
  if (to.hostname !== from.hostname && !isPublicHost(to.hostname)) return 'to an address of a private network';
  return undefined;
}

/** What is wrong behind a reverse proxy: no setting of ours mends it, and its operator can. */
function advice(registry: URL): string[] {
  return [
    `the operator of '${registry.host}' has to mend it: the proxy before it passes X-Forwarded-Host, -Proto and -Port on`,
    'or the registry is told its own address: http.host of distribution, external_url of Harbor',
  ];
}

/**
 * The error for a registry whose uploads go to another address than the one that it was asked at, when nothing can be reached
 * there; `undefined` for any other failure.
 */
export function unreachableElsewhere(registry: URL, to: URL, error: unknown): SlipwayError | undefined {
  if (to.origin === registry.origin || !SlipwayError.is(error)) return undefined;
  const isUnreached = error.code.startsWith('NET_') || error.code === 'INSECURE_REFUSED';
  if (!isUnreached) return undefined;
  return new SlipwayError(
    error.code === 'INSECURE_REFUSED' ? 'INSECURE_REFUSED' : 'OCI_PROTOCOL',
    `'${registry.host}' sends its uploads to another address, '${to.host}', and that one cannot be reached`,
    {
      where: displayUrl(registry),
      got: `Location: ${displayUrl(to)}: ${error.message}`,
      try: advice(registry),
      cause: error.cause,
    },
  );
}

/** The number of bytes a registry confirms with `Range: 0-<last>` after `sent` were sent; `undefined` when it does not say. */
export function confirmedOffset(response: HttpResponse, sent?: number): number | undefined {
  const match = /^(?:bytes[= ])?0-(\d{1,16})(?:\/(?:\d+|\*))?$/.exec(response.headers.get('range')?.trim() ?? '');
  if (match === null) return undefined;
  const last = Number(match[1]);
  // Nothing and one byte look the same (0-0); unless one was sent, to believe in nothing is the safe reading.
  return last === 0 && sent !== 1 ? 0 : last + 1;
}

/** Adds `digest` without touching what is there: rewriting a query can break its signature. */
export function withDigest(location: URL, digest: Digest): URL {
  const base = location.href.replace(/#.*$/, '');
  return new URL(`${base}${location.search === '' ? '?' : '&'}digest=${encodeURIComponent(digest)}`);
}
