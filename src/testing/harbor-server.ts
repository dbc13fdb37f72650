import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { harborError, type HarborCall, type Row } from './harbor-answer.js';
import { spoil, type HarborFault, type HarborFaultRule } from './harbor-faults.js';
import { HarborRegistry } from './harbor-registry.js';
import { HarborRoutes } from './harbor-routes.js';
import { HarborRules } from './harbor-rules.js';
import { HarborState } from './harbor-state.js';
import { sendAnswer, type Answer } from './registry-answer.js';
import { startTestRegistry, type RecordedRequest, type TestRegistry } from './registry.js';

export type { HarborFault, HarborFaultRule } from './harbor-faults.js';

/** How the test Harbor behaves. */
export interface TestHarborOptions {
  /** `v2.15.2` unless given: decides which family of models it knows. */
  readonly version?: string;
  /** Passwords by name; `{ admin: 'Harbor12345' }` unless given. `admin` is the administrator. */
  readonly users?: Readonly<Record<string, string>>;
  /** Projects that are there at the start, by name; `true` for public ones. */
  readonly projects?: Readonly<Record<string, boolean>>;
  /** P2P provider instances, by name. */
  readonly providers?: readonly string[];
  /** False for a Harbor without a scanner; true unless given. */
  readonly scanner?: boolean;
}

/** A Harbor on loopback: its API beside a registry, both behind one door. */
export interface TestHarbor {
  readonly host: string;
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  /** The registry behind, with what it holds laid open. */
  readonly registry: TestRegistry;
  /** Bodies of the API's POST, PUT and DELETE requests that were carried out, in order. */
  readonly writes: readonly { readonly method: string; readonly path: string; readonly body: unknown }[];
  fail(rule: HarborFaultRule): void;
  clearFaults(): void;
  close(): Promise<void>;
}

const BODY_LIMIT = 16 * 1024 * 1024;

/** Starts a Harbor in this process that answers as real ones were measured to. Close it when the test ends. */
export async function startTestHarbor(options: TestHarborOptions = {}): Promise<TestHarbor> {
  const registry = await startTestRegistry();
  const harbor = new HarborServer(options, registry);
  const server = createServer((request, response) => void harbor.handle(request, response));
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return harbor.open(server);
}

class HarborServer {
  readonly #state: HarborState;
  readonly #routes: HarborRoutes;
  readonly #front: HarborRegistry;
  readonly #registry: TestRegistry;
  readonly #requests: RecordedRequest[] = [];
  readonly #writes: { method: string; path: string; body: unknown }[] = [];
  readonly #faults: { rule: HarborFaultRule; left: number }[] = [];
  #origin = '';

  constructor(options: TestHarborOptions, registry: TestRegistry) {
    const {
      version = 'v2.15.2',
      users = { admin: 'Harbor12345' },
      projects = {},
      providers = [],
      scanner = true,
    } = options;
    const state = new HarborState(users);
    for (const [name, isPublic] of Object.entries(projects)) {
      const id = state.nextId();
      state.projects.push({ project_id: id, name, registry_id: 0, metadata: { public: String(isPublic) } });
      state.quotas.push({ id: state.nextId(), ref: { id, name }, hard: { storage: -1 } });
    }
    for (const [index, name] of providers.entries()) {
      const endpoint = 'http://10.0.0.1:65001';
      state.instances.push({ id: state.nextId(), vendor: 'dragonfly', name, endpoint, default: index === 0 });
    }
    this.#state = state;
    this.#registry = registry;
    this.#routes = new HarborRoutes(state, {
      version,
      scanner,
      tags: (repository) => registry.tags(repository),
      blob: (digest) => registry.blob(digest),
      untag: (repository, tag) => registry.untag(repository, tag),
    });
    this.#front = new HarborRegistry(state, new HarborRules(state), registry, version);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? 'GET';
    const path = request.url ?? '/';
    const record: RecordedRequest = { method, path, headers: request.headers, status: 0, received: 0 };
    this.#requests.push(record);
    response.on('finish', () => {
      record.status = response.statusCode;
    });
    const fault = this.#takeFault(method, path);
    try {
      const answer = await this.#answer(request, response, method, path);
      if (answer === undefined) return;
      const spoilt = fault === undefined ? answer : spoil(answer, fault);
      sendAnswer(response, withSession(spoilt), undefined, method === 'HEAD');
    } catch (error) {
      if (request.destroyed) request.socket.destroy();
      else response.writeHead(500).end(String(error));
    }
  }

  /** `undefined` when the registry behind has answered. */
  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    method: string,
    path: string,
  ): Promise<Answer | undefined> {
    const url = new URL(path, this.#origin);
    const isWrite = method !== 'GET' && method !== 'HEAD';
    if (isWrite && /(^|;)\s*sid=/.test(request.headers.cookie ?? '')) {
      return harborError(403, 'FORBIDDEN', 'CSRF token not found in request');
    }
    if (url.pathname === '/service/token') return this.#front.token(request);
    if (url.pathname.startsWith('/v2/')) {
      const isManifest = method === 'PUT' && url.pathname.includes('/manifests/');
      const body = isManifest ? await readAll(request) : undefined;
      const answer = await this.#front.check(request, url.pathname, this.#origin, body);
      if (answer === undefined) await this.#front.forward(request, response, body);
      return answer;
    }
    if (!url.pathname.startsWith('/api/v2.0/')) return harborError(404, 'NOT_FOUND');
    return this.#api(request, method, url);
  }

  async #api(request: IncomingMessage, method: string, url: URL): Promise<Answer> {
    const text = (await readAll(request)).toString();
    const parts = url.pathname.slice('/api/v2.0/'.length).replace(/\/$/, '').split('/').map(decodeURIComponent);
    const call: HarborCall = { method, parts, query: url.searchParams, body: parseBody(text), path: url.pathname };
    const { authorization } = request.headers;
    const known = authorization?.startsWith('Bearer ') === true ? undefined : this.#state.login(authorization);
    // A wrong password belongs to no account: what is public is answered all the same.
    const answer = this.#routes.answer(call, known ?? { kind: 'anonymous' });
    if (method !== 'GET' && method !== 'HEAD' && answer.status < 300) {
      this.#writes.push({ method, path: url.pathname, body: call.body });
    }
    return answer;
  }

  #takeFault(method: string, path: string): HarborFault | undefined {
    const armed = this.#faults.find(
      ({ rule, left }) => left > 0 && (rule.method ?? method) === method && (rule.path?.test(path) ?? true),
    );
    if (armed === undefined) return undefined;
    armed.left -= 1;
    return armed.rule.fault;
  }

  open(server: Server): TestHarbor {
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.#origin = `http://${host}`;
    return {
      host,
      url: this.#origin,
      requests: this.#requests,
      registry: this.#registry,
      writes: this.#writes,
      fail: (rule) => this.#faults.push({ rule, left: rule.times ?? Number.POSITIVE_INFINITY }),
      clearFaults: () => {
        this.#faults.length = 0;
      },
      close: async () => {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()));
        server.closeAllConnections();
        await Promise.all([closed, this.#registry.close()]);
      },
    };
  }
}

/** Every answer offers a session; a client that takes it cannot write any more. */
function withSession(answer: Answer): Answer {
  return { ...answer, headers: { ...answer.headers, 'set-cookie': 'sid=0123456789; Path=/; HttpOnly' } };
}

function parseBody(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as Row;
  } catch {
    return null;
  }
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > BODY_LIMIT) throw new Error('the body is larger than anything that is sent to a Harbor');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
