import { SlipwayError } from '../../core/index.js';
import { displayUrl } from '../../http/index.js';

/** Registries whose tokens come from another host, as their operators document it. */
const WELL_KNOWN: ReadonlyMap<string, string> = new Map([
  ['registry-1.docker.io', 'auth.docker.io'],
  ['registry.gitlab.com', 'gitlab.com'],
]);

/** A token endpoint that was found acceptable. */
export interface Realm {
  readonly url: URL;
  /** Looked up once, and refused unless its address is public. */
  readonly publicOnly: boolean;
}

/**
 * Decides whether a registry may send us (and our credentials) to this token endpoint. A registry that can name any URL
 * could otherwise collect passwords or make us call hosts of our own network. `authHosts` holds pairs
 * `registry=authHost` that the user trusts; never a bare host, which any registry could point at.
 * Throws `INSECURE_REFUSED`.
 */
export function checkRealm(realm: string | undefined, registry: URL, authHosts: readonly string[] = []): Realm {
  if (realm === undefined || !URL.canParse(realm)) throw refused(registry, 'is no URL', String(realm).slice(0, 80));
  const url = new URL(realm);
  const shown = displayUrl(url);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && registry.protocol === 'http:')) {
    throw refused(registry, 'is not https', shown);
  }
  if (url.username !== '' || url.password !== '') throw refused(registry, 'holds user information', shown);
  if (url.hash !== '') throw refused(registry, 'holds a fragment', shown);
  if (url.host === registry.host) return { url, publicOnly: false };
  const pair = `${registry.host}=${url.host}`;
  if (authHosts.some((allowed) => samePair(allowed, registry, url))) return { url, publicOnly: false };
  if (WELL_KNOWN.get(registry.host) === url.host) return { url, publicOnly: true };
  throw refused(registry, 'is another host, and it was not allowed', shown, [
    `if it is right, trust this pair: --auth-host ${pair}`,
    `or PIPELINE_AUTH_HOSTS=${pair}, or in the configuration: network: { authHosts: ['${pair}'] }`,
  ]);
}

/** An address that cannot be right is its operator's to mend: no setting here makes it safe. */
const OPERATOR = 'its operator has to mend it: the external address of the registry or of its token service';

/** Whether a pair means these two; a port that goes without saying may be there. */
function samePair(pair: string, registry: URL, realm: URL): boolean {
  const [from = '', to = ''] = pair.toLowerCase().split('=');
  return isHost(from, registry) && isHost(to, realm);
}

function isHost(hostName: string, url: URL): boolean {
  const usual = url.protocol === 'https:' ? ':443' : ':80';
  return hostName === url.host || (url.port === '' && hostName === `${url.host}${usual}`);
}

function refused(registry: URL, why: string, realm: string, advice: string | string[] = OPERATOR): SlipwayError {
  return new SlipwayError('INSECURE_REFUSED', `the token address that '${registry.host}' names ${why}`, {
    where: registry.origin,
    got: `realm ${realm}`,
    try: advice,
  });
}
