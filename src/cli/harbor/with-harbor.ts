import { SlipwayError } from '../../core/index.js';
import { openHarbor, splitRepository, type ArtifactName, type Harbor } from '../../harbor/index.js';
import { createHttpClient } from '../../http/index.js';
import { canonicalHost, findCredential, parseReference } from '../../registry/index.js';
import type { Session } from '../session/session.js';

/** What of a Harbor a command is about. */
export interface Place {
  readonly host: string;
  /** A project or a repository; nothing for what belongs to the whole Harbor. */
  readonly path?: string;
}

/**
 * Opens a Harbor with the credentials that are kept for this part of it, as a push to it takes them, and closes its
 * connections afterwards.
 */
export async function withHarbor<T>(
  session: Session,
  { host, path }: Place,
  work: (harbor: Harbor) => Promise<T>,
): Promise<T> {
  const canonical = canonicalHost(host);
  if (canonical === undefined) {
    throw new SlipwayError('USAGE', `'${host}' is not a host`, { try: 'harbor.example.com, localhost:8080' });
  }
  const credential = await findCredential(path === undefined ? canonical : `${canonical}/${path}`, session.env);
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
        insecureHosts,
      }),
    );
  } finally {
    await http.close();
  }
}

/** Place and artifact of `host/project/repository[:tag][@digest]`; `latest` without tag and digest. */
export function artifactOf(reference: string): { readonly place: Place; readonly artifact: ArtifactName } {
  const parsed = parseReference(reference);
  if (parsed.kind !== 'registry') {
    throw new SlipwayError('USAGE', `'${reference}' is not in a Harbor`, {
      try: 'harbor.example.com/project/model:tag',
    });
  }
  const { host, repository, tag, digest } = parsed;
  return {
    place: { host, path: repository },
    artifact: { ...splitRepository(repository), reference: digest ?? tag ?? 'latest' },
  };
}
