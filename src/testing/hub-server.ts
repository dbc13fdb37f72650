import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { refuse, sendCommits, sendJson, sendModelInfo, sendPathsInfo, sendTree } from './hub-answers.js';
import { sendFile } from './hub-body.js';
import { FaultQueue, type HubFault } from './hub-faults.js';
import {
  HubRepository,
  type HubBlob,
  type HubCommit,
  type HubFiles,
  type HubRepositoryOptions,
} from './hub-repository.js';
import { XetCas } from './xet-cas.js';
import { asksForXet, sendXetInfo, sendXetToken, xetHeaders } from './xet-hub-answers.js';
import { XetStore } from './xet-store.js';

export interface TestHubOptions {
  /** `org/name` → its files, or files with access rules and history. */
  readonly repositories?: Readonly<Record<string, HubFiles | HubRepositoryOptions>>;
  /** The token that may read private and gated repositories; `hf_test` unless given. */
  readonly token?: string;
  /** Tokens that are valid but have no access. */
  readonly strangers?: readonly string[];
  /** Entries of one page of a listing; 1000 unless given. */
  readonly pageSize?: number;
  /** Files that are in it (by their sha256) can also be read over the Xet protocol. */
  readonly xet?: XetStore;
}

/** A request that arrived, for assertions. */
export interface HubRequest {
  readonly method: string;
  readonly url: string;
  readonly host: 'hub' | 'storage' | 'cas';
  readonly range: string | undefined;
  readonly authorized: boolean;
  status: number;
}

/** A running Hub on loopback: give `env` to the code under test. */
export interface TestHub extends AsyncDisposable {
  readonly url: string;
  /** Where the Hub redirects large files to, on another port. */
  readonly storageUrl: string;
  /** The API of the Xet protocol's store; xorbs come from the storage host. */
  readonly casUrl: string;
  /** HF_ENDPOINT and HF_TOKEN. */
  readonly env: Readonly<Record<string, string>>;
  readonly requests: readonly HubRequest[];
  add(name: string, repository: HubFiles | HubRepositoryOptions): void;
  /** Moves `main` (or another reference) to new files; returns the commit's id. */
  commit(name: string, files: HubFiles, reference?: string): string;
  /** The commit's id of a branch or tag. */
  commitOf(name: string, revision?: string): string;
  /** Lets something go wrong with the next request that fits. */
  fail(fault: HubFault): void;
  /** Signed addresses that were given out stop working. */
  expireStorage(): void;
  /** Tokens for the Xet protocol that were given out stop working. */
  expireXetTokens(): void;
  close(): Promise<void>;
}

/**
 * Starts an in-process Hugging Face Hub for tests: model info, paged listings with LFS ids, revisions, commits, `resolve` with
 * redirects to a storage host, ranges, the Xet protocol, gated, private, renamed and missing repositories, and faults.
 * Both `@huggingface/hub` and Python's `huggingface_hub` can talk to it.
 */
export async function startTestHub(options: TestHubOptions = {}): Promise<TestHub> {
  const hub = new HubServer(options);
  await hub.listen();
  return hub;
}

class HubServer implements TestHub {
  readonly requests: HubRequest[] = [];
  readonly #repositories = new Map<string, HubRepository>();
  readonly #faults = new FaultQueue();
  readonly #signed = new Map<string, HubBlob>();
  readonly #token: string;
  readonly #strangers: readonly string[];
  readonly #pageSize: number;
  readonly #hub: Server;
  readonly #storage: Server;
  readonly #casServer: Server;
  readonly #store: XetStore;
  readonly #cas: XetCas;
  #generation = 0;
  url = '';
  storageUrl = '';
  casUrl = '';

  constructor(options: TestHubOptions) {
    this.#token = options.token ?? 'hf_test';
    this.#strangers = options.strangers ?? [];
    this.#pageSize = options.pageSize ?? 1000;
    for (const [name, repository] of Object.entries(options.repositories ?? {})) this.add(name, repository);
    this.#hub = createServer((request, response) => this.#serve('hub', request, response));
    this.#storage = createServer((request, response) => this.#serve('storage', request, response));
    this.#casServer = createServer((request, response) => this.#serve('cas', request, response));
    this.#store = options.xet ?? new XetStore();
    this.#cas = new XetCas(this.#store, this);
  }

  async listen(): Promise<void> {
    for (const server of [this.#hub, this.#storage, this.#casServer]) {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject).listen(0, '127.0.0.1', resolve);
      });
    }
    this.url = address(this.#hub);
    this.storageUrl = address(this.#storage);
    this.casUrl = address(this.#casServer);
  }

  get env(): Readonly<Record<string, string>> {
    return { HF_ENDPOINT: this.url, HF_TOKEN: this.#token };
  }

  add(name: string, repository: HubFiles | HubRepositoryOptions): void {
    const options = isRepository(repository) ? repository : { files: repository };
    this.#repositories.set(name, new HubRepository(name, options));
  }

  commit(name: string, files: HubFiles, reference?: string): string {
    return this.#repository(name).commit(files, reference).id;
  }

  commitOf(name: string, revision = 'main'): string {
    const commit = this.#repository(name).at(revision);
    if (commit === undefined) throw new Error(`the test Hub has no revision ${revision} of ${name}`);
    return commit.id;
  }

  fail(fault: HubFault): void {
    this.#faults.add(fault);
  }

  expireStorage(): void {
    this.#generation += 1;
    this.#signed.clear();
    this.#cas.expireAddresses();
  }

  expireXetTokens(): void {
    this.#cas.expireTokens();
  }

  async close(): Promise<void> {
    for (const server of [this.#hub, this.#storage, this.#casServer]) {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #repository(name: string): HubRepository {
    const repository = this.#repositories.get(name);
    if (repository === undefined) throw new Error(`the test Hub has no repository ${name}`);
    return repository;
  }

  #serve(host: HubRequest['host'], request: IncomingMessage, response: ServerResponse): void {
    const record: HubRequest = {
      method: request.method ?? 'GET',
      url: request.url ?? '/',
      host,
      range: request.headers.range,
      authorized: request.headers.authorization !== undefined,
      status: 0,
    };
    this.requests.push(record);
    response.on('close', () => {
      record.status = response.statusCode;
    });
    this.#answer(host, request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: String(error) });
    });
  }

  async #answer(host: HubRequest['host'], request: IncomingMessage, response: ServerResponse): Promise<void> {
    const fault = this.#faults.take(request);
    if (fault?.kind === 'slow') await wait(fault.delayMs ?? 1000);
    if (fault?.kind === 'status') return refuse(response, fault.status ?? 500, undefined, 'a fault was asked for');
    if (host === 'cas') return this.#cas.answer(request, response, fault);
    if (host === 'storage') return this.#sendStored(request, response, fault);
    const path = decodedPath(request);
    if (path[0] === 'api' && path[1] === 'whoami-v2') {
      if (!this.#knows(tokenOf(request))) return refuse(response, 401, undefined, 'Invalid user token.');
      return sendJson(response, 200, { name: 'tester', type: 'user' });
    }
    const api = path[0] === 'api' && path[1] === 'models';
    if (api && path.length === 2)
      return sendJson(
        response,
        200,
        [...this.#repositories.keys()].map((id) => ({ id })),
      );
    // Data sets have their kind in front of their name.
    const kind = path[0] === 'datasets' ? path.splice(0, 1) : [];
    const [first = '', second = ''] = api ? path.slice(2) : path;
    const name = [...kind, first, second].join('/');
    const rest = path.slice(api ? 4 : 2);
    const repository = this.#admitted(request, response, name, api);
    if (repository === undefined) return;
    if (api) await this.#api(request, response, repository, rest);
    else await this.#resolve(request, response, repository, rest, fault);
  }

  #knows(token: string | undefined): boolean {
    return token === this.#token || (token !== undefined && this.#strangers.includes(token));
  }

  /** The repository, if the request may know of it; otherwise the refusal has been sent. */
  #admitted(request: IncomingMessage, response: ServerResponse, name: string, api: boolean): HubRepository | undefined {
    const token = tokenOf(request);
    const known = this.#knows(token);
    if (token !== undefined && !known) {
      refuse(response, 401, undefined, 'Invalid credentials in Authorization header');
      return undefined;
    }
    const repository = this.#repositories.get(name);
    const hidden = repository?.options.private === true && token !== this.#token;
    if (repository === undefined || hidden) {
      refuse(response, known ? 404 : 401, 'RepoNotFound', 'Repository not found');
      return undefined;
    }
    const { renamedTo, gated } = repository.options;
    if (renamedTo !== undefined) {
      response.writeHead(307, { location: (request.url ?? '').replace(name, renamedTo) }).end();
      return undefined;
    }
    if (!api && gated === true && token !== this.#token) {
      refuse(response, known ? 403 : 401, 'GatedRepo', `Access to model ${name} is restricted`);
      return undefined;
    }
    return repository;
  }

  async #api(
    request: IncomingMessage,
    response: ServerResponse,
    repository: HubRepository,
    [verb, ...rest]: readonly string[],
  ): Promise<void> {
    if (verb === 'xet-read-token') return sendXetToken(response, this.#cas.token());
    const { commit, path } = revisionIn(repository, verb === undefined ? ['main'] : rest);
    if (commit === undefined) return refuse(response, 404, 'RevisionNotFound', `Invalid rev id: ${rest.join('/')}`);
    if (verb === undefined || verb === 'revision') return sendModelInfo(response, repository, commit);
    if (verb === 'commits') return sendCommits(response, commit);
    if (verb === 'tree')
      return sendTree(request, response, commit, {
        origin: this.url,
        size: this.#pageSize,
        folder: path,
        xet: this.#store,
      });
    if (verb === 'paths-info') return sendPathsInfo(request, response, commit, this.#store);
    refuse(response, 404, undefined, 'Not found');
  }

  async #resolve(
    request: IncomingMessage,
    response: ServerResponse,
    repository: HubRepository,
    [verb, ...rest]: readonly string[],
    fault: HubFault | undefined,
  ): Promise<void> {
    const { commit, path } = revisionIn(repository, rest);
    if (verb !== 'resolve') return refuse(response, 404, undefined, 'Not found');
    if (commit === undefined) return refuse(response, 404, 'RevisionNotFound', `Invalid rev id: ${rest.join('/')}`);
    const blob = commit.blobs.get(path);
    if (blob === undefined) return refuse(response, 404, 'EntryNotFound', `Entry not found: ${path}`);
    const id = await blob.id();
    const xet = blob.lfs ? this.#store.fileOf(id) : undefined;
    const headers = {
      'x-repo-commit': fault?.kind === 'other-commit' ? 'f'.repeat(40) : commit.id,
      ...(xet === undefined ? {} : xetHeaders(xet, this, `${repository.name}/xet-read-token/${commit.id}`)),
    };
    if (xet !== undefined && asksForXet(request)) return sendXetInfo(response, xet, id, headers);
    if (!blob.lfs) return sendFile(request, response, blob.file, { ...headers, etag: `"${id}"` }, fault);
    const key = `${id}?generation=${this.#generation}`;
    this.#signed.set(key, blob);
    response.writeHead(302, {
      ...headers,
      'x-linked-size': String(blob.file.size),
      'x-linked-etag': `"${id}"`,
      location: `${this.storageUrl}/blobs/${key}`,
    });
    response.end();
  }

  async #sendStored(request: IncomingMessage, response: ServerResponse, fault: HubFault | undefined): Promise<void> {
    // As S3 does: a signed address and an Authorization header together are an error.
    if (request.headers.authorization !== undefined) {
      response.writeHead(400).end('Only one auth mechanism allowed');
      return;
    }
    if (request.url?.startsWith('/xorbs/') === true) return this.#cas.sendXorb(request, response, fault);
    const blob = this.#signed.get((request.url ?? '').replace('/blobs/', ''));
    if (blob === undefined) {
      response.writeHead(403).end('Request has expired');
      return;
    }
    await sendFile(request, response, blob.file, { etag: `"${await blob.id()}"` }, fault);
  }
}

function isRepository(value: HubFiles | HubRepositoryOptions): value is HubRepositoryOptions {
  return typeof value === 'object' && !Array.isArray(value) && 'files' in value && !(value.files instanceof Uint8Array);
}

function address(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function decodedPath(request: IncomingMessage): string[] {
  const path = (request.url ?? '/').replace(/\?.*/s, '');
  return path.split('/').slice(1).map(decodeURIComponent);
}

/** Takes the revision off the front: names may hold slashes (`refs/pr/1`), so the longest that exists counts. */
function revisionIn(
  repository: HubRepository,
  segments: readonly string[],
): { commit: HubCommit | undefined; path: string } {
  for (let length = Math.min(segments.length, 4); length > 0; length--) {
    const commit = repository.at(segments.slice(0, length).join('/'));
    if (commit !== undefined) return { commit, path: segments.slice(length).join('/') };
  }
  return { commit: undefined, path: '' };
}

async function wait(milliseconds: number): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

function tokenOf({ headers }: IncomingMessage): string | undefined {
  return headers.authorization?.replace(/^Bearer /, '');
}
