import { SlipwayError, toSlipwayError, type Credential } from '../core/index.js';
import { detectHarbor, openHarbor } from '../harbor/index.js';
import { createHttpClient, type HttpClient } from '../http/index.js';
import { apiHost, canonicalHost, openRegistry } from '../registry/index.js';
import type { Session } from './session.js';

/** A repository that nobody has: asking for it shows whether the credentials are accepted, not what they may do. */
const PROBE = 'slipway/login-probe';

/** The canonical form of a host. Throws `USAGE` for an address or a repository, with the host that is in it. */
export function registryHost(host: string): string {
  const canonical = canonicalHost(host);
  if (canonical !== undefined) return canonical;
  const inside = host.replace(/^[a-z+]+:\/\//i, '').replace(/\/.*$/, '');
  throw new SlipwayError('USAGE', `'${host}' is not a registry host`, {
    try: canonicalHost(inside) === undefined ? 'host[:port]' : `pipeline login ${inside}`,
  });
}

/** Tries a name and a password. Throws `OCI_UNAUTHORIZED` when the registry or its token server refuses them. */
export async function checkLogin(
  session: Session,
  host: string,
  login: { readonly username: string; readonly password: string },
): Promise<void> {
  const canonical = registryHost(host);
  const credential: Credential = { kind: 'basic', ...login, origin: 'pipeline login' };
  const http = createHttpClient({ ...session.network, env: session.env });
  http.protect(login.password);
  try {
    const registry = openRegistry(
      { kind: 'registry', host: canonical, repository: PROBE },
      { http, env: session.env, network: session.network, credentials: async () => credential },
    );
    await registry.tags(session.signal);
  } catch (thrown) {
    const error = toSlipwayError(thrown);
    if (acceptsAnyway(error) || (await harborAccepts(error, canonical, http, credential, session))) return;
    throw refused(error, apiHost(canonical), login.username);
  } finally {
    await http.close();
  }
}

/**
 * A Harbor says 401 for a project that is not there, whoever asks; its API knows better. The credential is shown to what
 * has been recognised as a Harbor only.
 */
async function harborAccepts(
  error: SlipwayError,
  host: string,
  http: HttpClient,
  credential: Credential,
  { network, signal }: Session,
): Promise<boolean> {
  if (error.code !== 'OCI_UNAUTHORIZED') return false;
  const place = { http, signal, ...(network.insecureHosts !== undefined && { insecureHosts: network.insecureHosts }) };
  if ((await detectHarbor(host, place)) === undefined) return false;
  try {
    await openHarbor({ ...place, host, credential }).checkCredential();
    return true;
  } catch (thrown) {
    if (SlipwayError.is(thrown) && thrown.code === 'HARBOR_UNAUTHORIZED') return false;
    throw thrown;
  }
}

/** No such repository, or none for this user: the credentials themselves were fine. */
function acceptsAnyway(error: SlipwayError): boolean {
  return error.code === 'OCI_NOT_FOUND' || error.code === 'OCI_DENIED';
}

function refused(error: SlipwayError, host: string, username: string): SlipwayError {
  if (error.code !== 'OCI_UNAUTHORIZED') return error;
  const robot =
    username === 'robot' ? ["quote a robot's name so that the shell keeps its dollar: 'robot$project+name'"] : [];
  return new SlipwayError('OCI_UNAUTHORIZED', `'${host}' refuses the credentials of '${username}'`, {
    ...(error.details.where === undefined ? {} : { where: error.details.where }),
    ...(error.details.got === undefined ? {} : { got: error.details.got }),
    try: [
      ...robot,
      'check name and password; some registries want a token in place of the password',
      '--no-check keeps them untried',
    ],
    cause: error,
  });
}
