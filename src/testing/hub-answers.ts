import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HubBlob, HubCommit, HubRepository } from './hub-repository.js';
import type { XetStore } from './xet-store.js';

/** Sends JSON as the Hub does. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(text);
}

/** A refusal with the header by which clients tell one from another. */
export function refuse(response: ServerResponse, status: number, code: string | undefined, message: string): void {
  sendJson(
    response,
    status,
    { error: message },
    { 'x-error-message': message, ...(code === undefined ? {} : { 'x-error-code': code }) },
  );
}

/** `GET /api/models/NAME[/revision/REV]`. */
export function sendModelInfo(response: ServerResponse, repository: HubRepository, commit: HubCommit): void {
  sendJson(response, 200, {
    _id: commit.id.slice(0, 24),
    id: repository.name,
    modelId: repository.name,
    sha: commit.id,
    lastModified: commit.date,
    createdAt: commit.date,
    private: repository.options.private ?? false,
    gated: repository.options.gated === true ? 'manual' : false,
    disabled: false,
    downloads: 0,
    likes: 0,
    tags: [],
    siblings: [...commit.blobs.keys()].map((rfilename) => ({ rfilename })),
  });
}

/** `GET /api/models/NAME/commits/REV`. */
export function sendCommits(response: ServerResponse, commit: HubCommit): void {
  sendJson(response, 200, [{ id: commit.id, title: commit.title, message: '', authors: [], date: commit.date }]);
}

/** `GET /api/models/NAME/tree/REV[/FOLDER]`, in pages with a `Link` to the next. */
export async function sendTree(
  request: IncomingMessage,
  response: ServerResponse,
  commit: HubCommit,
  page: { readonly origin: string; readonly size: number; readonly folder: string; readonly xet: XetStore },
): Promise<void> {
  const url = new URL(request.url ?? '/', page.origin);
  const recursive = url.searchParams.get('recursive')?.toLowerCase() === 'true';
  const paths = treePaths([...commit.blobs.keys()], page.folder, recursive);
  const offset = Number(url.searchParams.get('cursor') ?? '0');
  const entries = await Promise.all(
    paths.slice(offset, offset + page.size).map(async (path) => treeEntry(path, commit.blobs.get(path), page.xet)),
  );
  const next = offset + page.size;
  url.searchParams.set('cursor', String(next));
  sendJson(response, 200, entries, next < paths.length ? { link: `<${url.href}>; rel="next"` } : {});
}

/** `POST /api/models/NAME/paths-info/REV` with `{ "paths": […] }`. */
export async function sendPathsInfo(
  request: IncomingMessage,
  response: ServerResponse,
  commit: HubCommit,
  xet: XetStore,
): Promise<void> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk as string;
  const { paths } = JSON.parse(text) as { paths: readonly string[] };
  const known = paths.filter((path) => commit.blobs.has(path));
  const last = { date: commit.date, id: commit.id, title: commit.title };
  const entries = await Promise.all(known.map(async (path) => treeEntry(path, commit.blobs.get(path), xet)));
  sendJson(
    response,
    200,
    entries.map((entry) => ({ ...entry, lastCommit: last })),
  );
}

function treePaths(paths: readonly string[], folder: string, recursive: boolean): string[] {
  const prefix = folder === '' ? '' : `${folder}/`;
  const found = new Set<string>();
  for (const path of paths.filter((path) => path.startsWith(prefix))) {
    const parts = path.slice(prefix.length).split('/');
    for (let depth = 1; depth < parts.length; depth++) {
      if (recursive || depth === 1) found.add(prefix + parts.slice(0, depth).join('/'));
    }
    if (recursive || parts.length === 1) found.add(path);
  }
  return [...found].sort();
}

async function treeEntry(path: string, blob: HubBlob | undefined, xet: XetStore): Promise<Record<string, unknown>> {
  if (blob === undefined) return { type: 'directory', oid: '0'.repeat(40), size: 0, path };
  const id = await blob.id();
  const { size } = blob.file;
  if (!blob.lfs) return { type: 'file', oid: id, size, path };
  const stored = xet.fileOf(id);
  return {
    type: 'file',
    oid: id.slice(0, 40),
    size,
    path,
    lfs: { oid: id, size, pointerSize: 134 },
    ...(stored === undefined ? {} : { xetHash: stored.hash }),
  };
}
