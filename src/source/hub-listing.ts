import pLimit from 'p-limit';
import { SlipwayError, type Digest } from '../core/index.js';
import type { HubQuestion } from './hub-answer.js';
import {
  asked,
  baseUrl,
  COMMIT,
  hubFetch,
  hubHeaders,
  loadHubClient,
  protocolError,
  shown,
  UNSUPPORTED,
  type HubConnection,
  type HubEntry,
  type HubRevision,
} from './hub-client.js';
import type { Announced } from './verified-file.js';

const MAX_ENTRIES = 100_000;

/** Every file of a repository at a commit. A mirror may have no listing, and still know the files of a model. */
export async function listEntries(hub: HubConnection, revision: HubRevision): Promise<HubEntry[]> {
  try {
    return await listTree(hub, revision);
  } catch (error) {
    const status = SlipwayError.is(error) ? error.details.context?.['status'] : undefined;
    if (!UNSUPPORTED.has(status)) throw error;
    const entries = await listSiblings(hub, revision).catch(() => undefined);
    if (entries === undefined || entries.length === 0) throw withoutListing(hub, revision, error);
    return entries;
  }
}

function withoutListing(hub: HubConnection, { repository, commit }: HubRevision, cause: unknown): SlipwayError {
  return new SlipwayError('HUB_UNAVAILABLE', `'${hub.endpoint.host}' does not list the files of '${repository}'`, {
    where: `${baseUrl(hub)}/api/models/${repository}/tree/${commit}`,
    cause,
    try: [
      'HF_ENDPOINT names a mirror that lacks this part of the API: try without it',
      'download there by hand, and name the directory',
    ],
  });
}

/** The files of a model's own answer (`siblings`), with sizes and ids where the endpoint tells them, else asked file by file. */
async function listSiblings(hub: HubConnection, revision: HubRevision): Promise<HubEntry[]> {
  const { repository, commit } = revision;
  const question: HubQuestion = { endpoint: hub.endpoint, repository, revision: commit, token: hub.token };
  const fetch = hubFetch(hub, question, {});
  const info = (await (
    await fetch(`${baseUrl(hub)}/api/models/${repository}/revision/${commit}?blobs=true`)
  ).json()) as {
    siblings?: unknown;
  };
  const siblings = Array.isArray(info.siblings) ? (info.siblings as readonly Sibling[]) : [];
  if (siblings.length > MAX_ENTRIES) throw protocolError(question, `more than ${MAX_ENTRIES} files`);
  const limit = pLimit(8);
  return Promise.all(siblings.map((sibling) => limit(async () => entryOf(hub, revision, sibling, question))));
}

interface Sibling {
  readonly rfilename: string;
  readonly size?: number;
  readonly blobId?: string;
  readonly lfs?: { readonly sha256?: string; readonly size?: number } | null;
}

async function entryOf(
  hub: HubConnection,
  revision: HubRevision,
  sibling: Sibling,
  question: HubQuestion,
): Promise<HubEntry> {
  const { rfilename: path, size, blobId, lfs } = sibling;
  if (typeof path !== 'string') throw protocolError(question, 'a file without a name');
  const sha256 = lfs?.sha256;
  const known = lfs?.size ?? size;
  if (known !== undefined && (sha256 !== undefined || blobId !== undefined)) {
    const oid = blobId ?? '';
    return checkedEntry(
      { path, size: known, oid, ...(sha256 !== undefined && { lfs: { oid: sha256, size: known } }) },
      question,
    );
  }
  const name = path.split('/').map(encodeURIComponent).join('/');
  const address = new URL(`${baseUrl(hub)}/${revision.repository}/resolve/${revision.commit}/${name}`);
  const headers = hubHeaders(hub, address);
  const answer = await hub.fetch(address, {
    method: 'HEAD',
    headers,
    redirect: 'follow',
    ...(hub.signal && { signal: hub.signal }),
  });
  const text = answer.headers.get('x-linked-size') ?? answer.headers.get('content-length') ?? '';
  const tag = (answer.headers.get('x-linked-etag') ?? answer.headers.get('etag') ?? '').replace(/^(W\/)?"(.*)"$/, '$2');
  if (!answer.ok || !/^\d{1,16}$/.test(text)) throw protocolError(question, `no size for '${path.slice(0, 100)}'`);
  const announced: Announced = /^[0-9a-f]{64}$/.test(tag)
    ? { sha256: `sha256:${tag}` }
    : COMMIT.test(tag)
      ? { gitBlob: tag }
      : undefined;
  return { path, size: Number(text), announced };
}

/** Every file, page by page. */
async function listTree(hub: HubConnection, revision: HubRevision): Promise<HubEntry[]> {
  const { repository, commit } = revision;
  const question: HubQuestion = { endpoint: hub.endpoint, repository, revision: commit, token: hub.token };
  const entries: HubEntry[] = [];
  const { listFiles } = await loadHubClient();
  await asked(question, async () => {
    const listing = listFiles({
      repo: repository,
      revision: commit,
      recursive: true,
      hubUrl: baseUrl(hub),
      fetch: hubFetch(hub, question, {}),
    });
    for await (const file of listing) {
      if (file.type === 'file') entries.push(checkedEntry(file, question));
      if (entries.length > MAX_ENTRIES) throw protocolError(question, `more than ${MAX_ENTRIES} files`);
    }
  });
  return entries;
}

function checkedEntry(
  file: { path: string; size: number; oid?: string; lfs?: { oid: string; size: number }; xetHash?: string },
  question: HubQuestion,
): HubEntry {
  const size = file.lfs?.size ?? file.size;
  if (typeof file.path !== 'string' || !Number.isSafeInteger(size) || size < 0) {
    throw protocolError(question, `a file of ${size} bytes with the name ${shown(file.path)}`);
  }
  const { path, xetHash } = file;
  const inXet = typeof xetHash === 'string' && /^[0-9a-f]{64}$/.test(xetHash);
  return { path, size, announced: announcement(file, question), ...(inXet && { xetHash }) };
}

function announcement(file: { path: string; oid?: string; lfs?: { oid: string } }, question: HubQuestion): Announced {
  if (file.lfs !== undefined) {
    if (!/^[0-9a-f]{64}$/.test(file.lfs.oid)) throw protocolError(question, `no sha256 for '${file.path}'`);
    const digest: Digest = `sha256:${file.lfs.oid}`;
    return { sha256: digest };
  }
  if (file.oid === undefined || !COMMIT.test(file.oid)) throw protocolError(question, `no id for '${file.path}'`);
  return { gitBlob: file.oid };
}
