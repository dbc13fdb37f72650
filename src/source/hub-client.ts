import type * as HubClient from '@huggingface/hub';
import { SlipwayError } from '../core/index.js';
import { limitedResponse, type OnRetry } from '../http/index.js';
import { checkedRevision } from './source-address.js';
import { hubRefusal, renamedTo, type HubQuestion } from './hub-answer.js';
import type { HubToken } from './hub-endpoint.js';
import { followMirror, ownAddress } from './hub-mirror.js';
import type { Announced } from './verified-file.js';

/** The Hub's own client, loaded when a repository is asked for: it brings much that local sources do not need. */
export const loadHubClient = async (): Promise<typeof HubClient> => import('@huggingface/hub');

/** A page of a listing has some 300 KB; the client reads all of what it is sent. */
const ANSWER_LIMIT = 64 * 1024 * 1024;

/** How the Hub is spoken to. */
export interface HubConnection {
  readonly fetch: typeof globalThis.fetch;
  readonly endpoint: URL;
  readonly token: HubToken | undefined;
  readonly insecureHosts?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told before a file's reading that was cut off goes on. */
  readonly onRetry?: OnRetry | undefined;
}

/** A repository at one commit. */
export interface HubRevision {
  /** Canonical name. */
  readonly repository: string;
  /** 40 hexadecimal digits. */
  readonly commit: string;
  /** RFC 3339, UTC; missing where the endpoint does not tell it. */
  readonly committedAt?: string;
  /** Its files may only be read by accounts that accepted its terms. */
  readonly gated?: boolean;
}

/** A file of a repository, as the listing announces it. */
export interface HubEntry {
  readonly path: string;
  readonly size: number;
  readonly announced: Announced;
  /** Its hash in the Xet storage, if it is kept there. */
  readonly xetHash?: string;
}

export const COMMIT: RegExp = /^[0-9a-f]{40}$/;
/** What mirrors answer to questions that they do not know. */
export const UNSUPPORTED: ReadonlySet<unknown> = new Set<unknown>([400, 404, 405, 410, 501]);

/**
 * Pins a branch or tag to the commit that it is at now.
 * Throws `HUB_RENAMED` (unless allowed), `HUB_GATED`, `HUB_UNAUTHORIZED`, `HUB_REPOSITORY_NOT_FOUND`, `HUB_REVISION_NOT_FOUND`.
 */
export async function pinRevision(
  hub: HubConnection,
  repository: string,
  requested: string | undefined,
  allowRenamed: boolean,
): Promise<HubRevision> {
  const revision = checkedRevision(requested ?? 'main');
  const question: HubQuestion = { endpoint: hub.endpoint, repository, revision, token: hub.token };
  let answer: Response | undefined;
  const { modelInfo } = await loadHubClient();
  const { sha, name, gated } = await asked(question, () =>
    modelInfo({
      name: repository,
      revision,
      additionalFields: ['sha'],
      hubUrl: baseUrl(hub),
      fetch: hubFetch(hub, question, { follow: allowRenamed, seen: (response) => (answer = response) }),
    }),
  );
  if (name !== repository && !allowRenamed && answer !== undefined) throw renamedTo(name, answer, question);
  if (typeof sha !== 'string' || !COMMIT.test(sha) || (COMMIT.test(revision) && sha !== revision)) {
    throw protocolError(question, `commit ${shown(sha)} for revision '${revision}'`);
  }
  const committedAt = await commitDate(hub, name, sha);
  return {
    repository: name,
    commit: sha,
    gated: gated !== false,
    ...(committedAt === undefined ? {} : { committedAt }),
  };
}

/** The commit's own date. A mirror that has no commit log answers 404: then nothing is dated. */
async function commitDate(hub: HubConnection, repository: string, commit: string): Promise<string | undefined> {
  const question: HubQuestion = { endpoint: hub.endpoint, repository, revision: commit, token: hub.token };
  const fetch = hubFetch(hub, question, {});
  const { listCommits } = await loadHubClient();
  try {
    const commits = listCommits({ repo: repository, revision: commit, batchSize: 1, hubUrl: baseUrl(hub), fetch });
    const first = await commits.next();
    if (first.done === true || first.value.oid !== commit || Number.isNaN(first.value.date.getTime())) return undefined;
    return first.value.date.toISOString().replace(/\.\d{3}Z$/, 'Z');
  } catch (error) {
    const status = SlipwayError.is(error) ? error.details.context?.['status'] : undefined;
    if (UNSUPPORTED.has(status) || error instanceof TypeError) return undefined;
    throw error;
  }
}

/**
 * The fetch that `@huggingface/hub` is given: adds the token for the Hub's own origin only, the signal, and turns every
 * refusal into our error before the client reads its body. Redirects of the API mean "renamed".
 */
export function hubFetch(
  hub: HubConnection,
  question: HubQuestion,
  options: { readonly follow?: boolean; readonly seen?: (response: Response) => void },
): typeof globalThis.fetch {
  return async (input, init) => {
    const requested = new URL(input instanceof Request ? input.url : input);
    const asking = ownAddress(hub.endpoint, requested);
    if (asking === undefined) throw protocolError(question, `a link to another host, ${requested.host}`);
    const response = await followMirror(hub, asking, async (url) =>
      hub.fetch(url, {
        ...init,
        headers: hubHeaders(hub, url, init?.headers),
        redirect: options.follow === true ? 'follow' : 'manual',
        ...(hub.signal === undefined ? {} : { signal: hub.signal }),
      }),
    );
    options.seen?.(response);
    if (response.ok) return limitedResponse(response, ANSWER_LIMIT, requested.host);
    await response.body?.cancel();
    throw hubRefusal(response, question);
  };
}

/** Headers of a request to `url`: the token goes to the Hub's own origin and nowhere else. */
export function hubHeaders(hub: HubConnection, url: URL, more?: ConstructorParameters<typeof Headers>[0]): Headers {
  const headers = new Headers(more);
  if (hub.token !== undefined && url.origin === hub.endpoint.origin) {
    headers.set('authorization', `Bearer ${hub.token.value}`);
  }
  return headers;
}

export function baseUrl(hub: HubConnection): string {
  return hub.endpoint.href.replace(/\/$/, '');
}

export async function asked<T>(question: HubQuestion, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (SlipwayError.is(error) || (error instanceof Error && error.name === 'AbortError')) throw error;
    const unreachable = error instanceof TypeError && error.message === 'fetch failed';
    throw unreachable
      ? new SlipwayError('NET_UNREACHABLE', `${question.endpoint.host} cannot be reached`, {
          cause: error,
          retryable: true,
        })
      : protocolError(question, error instanceof Error ? error.message : String(error), error);
  }
}

export function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 100);
}

export function protocolError(question: HubQuestion, got: string, cause?: unknown): SlipwayError {
  return new SlipwayError('HUB_UNAVAILABLE', `the Hub's answer about '${question.repository}' makes no sense`, {
    where: question.endpoint.host,
    got,
    cause,
    try: 'if HF_ENDPOINT names a mirror, try without it',
  });
}
