import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Digest } from '../core/index.js';
import { errorAnswer, jsonAnswer, receivedOf, RequestCut, sendAnswer, type Answer } from './registry-answer.js';
import { TestAuth } from './registry-auth.js';
import { FaultList, type FaultRule, type RegistryFault } from './registry-faults.js';
import { RegistryRoutes, type RegistryFeatures, type TagMove } from './registry-routes.js';
import { RegistryStore, type KeptManifest } from './registry-store.js';

export type { FaultRule, RegistryFault } from './registry-faults.js';
export type { TagMove } from './registry-routes.js';
export type { KeptManifest } from './registry-store.js';

/** How the test registry behaves. Everything is optional; by default it is open, complete and quick. */
export interface TestRegistryOptions extends Partial<RegistryFeatures> {
  readonly auth?: 'none' | 'basic' | 'bearer';
  /** Passwords by user name; `{ user: 'password' }` unless given. `refresh-<user>` is that user's refresh token. */
  readonly users?: Readonly<Record<string, string>>;
  /** Reading needs no credentials. */
  readonly anonymousPull?: boolean;
  /** Milliseconds that a bearer token lives; half an hour unless given. */
  readonly tokenLifetimeMs?: number;
  /** Token address to send clients to, instead of the registry's own. */
  readonly realm?: string;
  /** Milliseconds that every request waits. */
  readonly latencyMs?: number;
  /** False keeps sizes and digests only: for uploads larger than memory. */
  readonly keepBytes?: boolean;
  readonly faults?: readonly FaultRule[];
  /** A free one unless given. */
  readonly port?: number;
}

/** One request as it was received. */
export interface RecordedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Of the answer; 0 while there is none. */
  status: number;
  /** Bytes of its body that were read. */
  received: number;
}

/** A registry on loopback, with what it holds laid open. */
export interface TestRegistry {
  /** `127.0.0.1:<port>`: what references start with. */
  readonly host: string;
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  /** Every tag that was set, in order. */
  readonly tagMoves: readonly TagMove[];
  /** Tokens issued so far. */
  readonly tokensIssued: number;
  /** Faults that struck so far. */
  readonly faultsStruck: number;
  repositories(): readonly string[];
  tags(repository: string): ReadonlyMap<string, Digest>;
  manifests(repository: string): ReadonlyMap<string, KeptManifest>;
  /** Uploads that were begun and neither finished nor deleted, by repository. */
  openUploads(repository: string): number;
  /** Bytes of a blob, whatever repository it belongs to; `undefined` when it is not there or not kept. */
  blob(digest: string): Uint8Array | undefined;
  /** Digests of all blobs with their sizes. */
  blobs(): ReadonlyMap<string, number>;
  /** Everything that is wrong with what is held; empty when all is well. */
  problems(): readonly string[];
  /** Takes a tag away; what it points at stays. */
  untag(repository: string, tag: string): void;
  /** Arms a fault. */
  fail(rule: FaultRule): void;
  clearFaults(): void;
  expireTokens(): void;
  close(): Promise<void>;
}

const FEATURES: RegistryFeatures = {
  referrers: true,
  patch: true,
  mount: true,
  ranges: true,
  immutableTags: false,
  minChunk: 0,
  pageSize: 100,
  warning: undefined,
  signedState: false,
  largestBody: Number.MAX_SAFE_INTEGER,
  movingRange: true,
  listTags: true,
};

/** Starts a registry in this process, on loopback. Close it when the test ends. */
export async function startTestRegistry(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const registry = new RegistryServer(options);
  const server = createServer((request, response) => void registry.handle(request, response));
  // Uploads may be as slow as a test wants.
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  return registry.open(server);
}

class RegistryServer {
  readonly #options: TestRegistryOptions;
  readonly #features: RegistryFeatures;
  readonly #store: RegistryStore;
  readonly #routes: RegistryRoutes;
  readonly #auth: TestAuth;
  readonly #faults = new FaultList();
  readonly #requests: RecordedRequest[] = [];
  #origin = '';

  constructor(options: TestRegistryOptions) {
    this.#options = options;
    this.#features = { ...FEATURES, ...options };
    this.#store = new RegistryStore(options.keepBytes ?? true);
    this.#routes = new RegistryRoutes(this.#store, this.#features);
    this.#auth = new TestAuth({
      auth: options.auth ?? 'none',
      users: options.users ?? { user: 'password' },
      anonymousPull: options.anonymousPull ?? false,
      tokenLifetimeMs: options.tokenLifetimeMs ?? 1_800_000,
      realm: options.realm,
    });
    for (const rule of options.faults ?? []) this.#faults.arm(rule);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? 'GET';
    const path = request.url ?? '/';
    // A request that was read in part has lost its socket by the time it is to be closed.
    const { socket } = request;
    const record: RecordedRequest = { method, path, headers: request.headers, status: 0, received: 0 };
    this.#requests.push(record);
    const fault = this.#faults.take(method, path);
    try {
      await this.#misbehave(fault);
      const answer = await this.#answer(request, method, new URL(path, this.#origin), fault);
      record.status = answer.status;
      const warned = this.#features.warning === undefined ? answer : withWarning(answer, this.#features.warning);
      sendAnswer(response, warned, fault, method === 'HEAD');
    } catch (error) {
      // A cut is what a fault wanted; a client that went away is no concern of the registry.
      if (error instanceof RequestCut || request.destroyed) socket.destroy();
      else response.writeHead(500).end(String(error));
    } finally {
      record.received = receivedOf(request);
    }
  }

  async #misbehave(fault: RegistryFault | undefined): Promise<void> {
    const ms = (this.#options.latencyMs ?? 0) + (fault?.kind === 'delay' ? fault.ms : 0);
    if (ms > 0) await sleep(ms);
    if (fault?.kind === 'forget-uploads') this.#store.forgetUploads();
    if (fault?.kind === 'expire-tokens') this.#auth.expireAll();
  }

  async #answer(request: IncomingMessage, method: string, url: URL, fault: RegistryFault | undefined): Promise<Answer> {
    if (fault?.kind === 'status') {
      const { status, headers, body } = fault;
      const said = errorAnswer(status, 'FAULT');
      return { ...said, ...(headers !== undefined && { headers }), ...(body !== undefined && { body }) };
    }
    if (url.pathname === '/token') return this.#token(request, method, url);
    const match = /^\/v2\/(?:(.+?)\/((?:blobs|manifests|tags|referrers)\/.*))?$/.exec(url.pathname);
    if (match === null) return errorAnswer(404, 'NOT_FOUND');
    const [, repository = '', rest = ''] = match;
    const action =
      method === 'GET' || method === 'HEAD'
        ? 'pull'
        : method === 'DELETE' && !rest.includes('uploads')
          ? 'delete'
          : 'push';
    const challenge = this.#auth.challenge(request.headers.authorization, repository, action, this.#origin);
    if (challenge !== undefined) {
      const refused = errorAnswer(401, 'UNAUTHORIZED');
      return { ...refused, headers: { ...refused.headers, 'www-authenticate': challenge } };
    }
    if (repository === '') return jsonAnswer({});
    return this.#routes.answer({ request, method, url, repository, rest, fault });
  }

  async #token(request: IncomingMessage, method: string, url: URL): Promise<Answer> {
    let text = '';
    if (method === 'POST')
      for await (const chunk of request as AsyncIterable<Uint8Array>) text += Buffer.from(chunk).toString();
    const form = method === 'POST' ? new URLSearchParams(text) : undefined;
    const issued = this.#auth.issue(request.headers.authorization, url.searchParams, form);
    return issued === undefined ? errorAnswer(401, 'UNAUTHORIZED') : jsonAnswer(issued);
  }

  open(server: Server): TestRegistry {
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.#origin = `http://${host}`;
    const [store, routes, auth, faults] = [this.#store, this.#routes, this.#auth, this.#faults];
    return {
      host,
      url: this.#origin,
      requests: this.#requests,
      tagMoves: routes.tagMoves,
      get tokensIssued() {
        return auth.issuedCount;
      },
      get faultsStruck() {
        return faults.struck;
      },
      repositories: () => store.names(),
      tags: (repository) => store.find(repository)?.tags ?? new Map(),
      manifests: (repository) => store.find(repository)?.manifests ?? new Map(),
      untag: (repository, tag) => void store.find(repository)?.tags.delete(tag),
      openUploads: (repository) => store.find(repository)?.uploads.size ?? 0,
      blob: (digest) => store.content.get(digest)?.bytes,
      blobs: () => new Map([...store.content].map(([digest, { size }]) => [digest, size])),
      problems: () => store.problems(),
      fail: (rule) => faults.arm(rule),
      clearFaults: () => faults.clear(),
      expireTokens: () => auth.expireAll(),
      close: () => closeServer(server),
    };
  }
}

function withWarning(answer: Answer, text: string): Answer {
  return { ...answer, headers: { ...answer.headers, warning: `299 - "${text}"` } };
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
