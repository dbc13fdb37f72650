import { SlipwayError } from '../../core/index.js';
import { openHarbor, splitRepository, type ArtifactName, type Harbor } from '../../harbor/index.js';
import { createHttpClient } from '../../http/index.js';
import { canonicalHost, findCredential, parseReference } from '../../registry/index.js';
import type { Session } from '../session.js';

/** Opens the Harbor of a host with the credentials that are kept for it, and closes its connections afterwards. */
export async function withHarbor<T>(session: Session, host: string, work: (harbor: Harbor) => Promise<T>): Promise<T> {
  const canonical = canonicalHost(host);
  if (canonical === undefined) {
    throw new SlipwayError('USAGE', `'${host}' is not a host`, { try: 'harbor.example.com, localhost:8080' });
  }
  const credential = await findCredential(canonical, session.env);
  if (credential?.kind === 'refresh') {
    throw new SlipwayError('USAGE', `the API of '${canonical}' takes a name and a password, not a token`, {
      got: `a token from ${credential.origin}`,
      try: `pipeline login ${canonical}`,
    });
  }
  const http = createHttpClient({ ...session.network, env: session.env });
  try {
    const { insecureHosts } = session.network;
    return await work(
      openHarbor({
        host: canonical,
        http,
        credential,
        signal: session.signal,
        ...(insecureHosts === undefined ? {} : { insecureHosts }),
      }),
    );
  } finally {
    await http.close();
  }
}

/** Host and artifact of `host/project/repository[:tag][@digest]`; `latest` without tag and digest. */
export function artifactOf(reference: string): { readonly host: string; readonly artifact: ArtifactName } {
  const parsed = parseReference(reference);
  if (parsed.kind !== 'registry') {
    throw new SlipwayError('USAGE', `'${reference}' is not in a Harbor`, {
      try: 'harbor.example.com/project/model:tag',
    });
  }
  const { host, repository, tag, digest } = parsed;
  return { host, artifact: { ...splitRepository(repository), reference: digest ?? tag ?? 'latest' } };
}
