import { requireSecureLink } from './hub-endpoint.js';

const MAX_HOPS = 3;

/** A mirror's further pages may be named as the Hub's own: they are asked of the mirror, and nothing of ours goes elsewhere. */
export function ownAddress(endpoint: URL, url: URL): URL | undefined {
  if (url.origin === endpoint.origin) return url;
  if (!url.pathname.startsWith('/api/')) return undefined;
  return new URL(`${endpoint.href.replace(/\/$/, '')}${url.pathname}${url.search}`);
}

/**
 * Follows a mirror that sends its askers on to another host (a permanent one: hf-mirror's 308). The token stays here; what a
 * redirect within the Hub itself means, a new name, is not decided here.
 */
export async function followMirror(
  hub: { readonly insecureHosts?: readonly string[] | undefined },
  first: URL,
  ask: (url: URL) => Promise<Response>,
): Promise<Response> {
  let url = first;
  for (let hop = 0; ; hop++) {
    const response = await ask(url);
    const target = response.headers.get('location') ?? '';
    const isSentOn = response.status >= 300 && response.status < 400 && URL.canParse(target, url.href);
    const next = isSentOn ? new URL(target, url) : url;
    if (next.origin === url.origin || hop === MAX_HOPS || nameIn(next) !== nameIn(first)) return response;
    requireSecureLink(next, url, 'its API', hub.insecureHosts);
    await response.body?.cancel();
    url = next;
  }
}

/** The model that an address of the API is about. */
function nameIn({ pathname }: URL): string | undefined {
  return /\/api\/models\/([^/]+\/[^/]+)/.exec(pathname)?.[1];
}
