import { SlipwayError, toSlipwayError, type Credential } from '../../core/index.js';
import { detectHarbor, openHarbor, robotAdvice } from '../../harbor/index.js';
import { createHttpClient, type HttpClient } from '../../http/index.js';
import { apiHost, checkedPlace, openRegistry } from '../../registry/index.js';
import type { Session } from '../session/session.js';

/** A repository that does not exist: asking for it shows whether the credentials are accepted, not what they may do. */
const PROBE = 'login-probe';

/** The canonical form of `host` or `host/path`. Throws `USAGE` for an address, with the place that is in it. */
export function registryPlace(text: string): string {
  const inside = text.replace(/^[a-z+]+:\/\//i, '').replace(/\/+$/, '');
  try {
    return checkedPlace(text);
  } catch (error) {
    if (inside === text || !SlipwayError.is(error)) throw error;
    const place = checkedPlace(inside);
    throw new SlipwayError('USAGE', error.message, { try: `pipeline login ${place}` });
  }
}

/** Tries a name and a password for `host` or `host/path`. Throws `OCI_UNAUTHORIZED` when the registry or its token server refuses them. */
export async function checkLogin(
  session: Session,
  place: string,
  login: { readonly username: string; readonly password: string },
): Promise<void> {
  const [canonical = '', ...path] = registryPlace(place).split('/');
  const repository = path.length > 1 ? path.join('/') : `${path[0] ?? 'slipway'}/${PROBE}`;
  const credential: Credential = { kind: 'basic', ...login, origin: 'pipeline login' };
  const http = createHttpClient({ ...session.network, env: session.env });
  http.protect(login.password);
  try {
    const registry = openRegistry(
      { kind: 'registry', host: canonical, repository },
      { http, env: session.env, network: session.network, credentials: async () => credential },
    );
    await registry.tags(session.signal);
  } catch (thrown) {
    const error = toSlipwayError(thrown);
    if (acceptsAnyway(error)) return;
    const harbor = await harborVerdict(error, canonical, http, credential, session);
    if (harbor === 'accepted') return;
    throw refused(harbor ?? error, apiHost(canonical), login.username);
  } finally {
    await http.close();
  }
}

/**
 * A Harbor says 401 for a project that is not there, to every account, and names the project; its API knows better. `undefined`
 * when there is nothing that it would know better. The credential is shown to what has been recognised as a Harbor only.
 */
async function harborVerdict(
  error: SlipwayError,
  host: string,
  http: HttpClient,
  credential: Credential,
  { network, signal }: Session,
): Promise<'accepted' | SlipwayError | undefined> {
  if (error.code !== 'OCI_UNAUTHORIZED') return undefined;
  const place = { http, signal, insecureHosts: network.insecureHosts };
  if ((await detectHarbor(host, place)) === undefined) return undefined;
  try {
    await openHarbor({ ...place, host, credential }).checkCredential();
    return 'accepted';
  } catch (thrown) {
    if (SlipwayError.is(thrown) && thrown.code === 'HARBOR_UNAUTHORIZED') return thrown;
    throw thrown;
  }
}

/** No such repository, or none for this user: the credentials themselves were fine. */
function acceptsAnyway(error: SlipwayError): boolean {
  return error.code === 'OCI_NOT_FOUND' || error.code === 'OCI_DENIED';
}

function refused(error: SlipwayError, host: string, username: string): SlipwayError {
  const byHarbor = error.code === 'HARBOR_UNAUTHORIZED';
  if (error.code !== 'OCI_UNAUTHORIZED' && !byHarbor) return error;
  return new SlipwayError('OCI_UNAUTHORIZED', `'${host}' refuses the credentials of '${username}'`, {
    ...(error.details.where === undefined ? {} : { where: error.details.where }),
    ...(error.details.got === undefined ? {} : { got: error.details.got }),
    try: [
      ...robotAdvice(username),
      'check name and password; some registries want a token in place of the password',
      '--no-check keeps them untried',
    ],
    // Harbor's own error says nothing more than this one.
    ...(!byHarbor && { cause: error }),
  });
}
