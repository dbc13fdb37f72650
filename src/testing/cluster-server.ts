import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BATCH_KINDS, KSERVE_KINDS, NATIVE_KINDS, type ServedKind, type TestResource } from './cluster-resources.js';
import { ClusterState, statusReply, type ClusterReply } from './cluster-state.js';

export type { TestResource } from './cluster-resources.js';
export type { ClusterReply } from './cluster-state.js';

/** How the test cluster is. */
export interface TestClusterOptions {
  /** `v1.36.2` unless given. */
  readonly version?: string;
  /** It has KServe's kinds. */
  readonly kserve?: boolean;
  /** It has the kinds of JobSet and Argo. */
  readonly batch?: boolean;
  /** Bearer token that it wants; none unless given. */
  readonly token?: string;
  /** Namespaces beside `default`. */
  readonly namespaces?: readonly string[];
  readonly resources?: readonly TestResource[];
  /** Text of `/metrics`. */
  readonly metrics?: string;
}

/** A request that the test cluster got. */
export interface ClusterCall {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: unknown;
}

/** A Kubernetes API on loopback: discovery, server-side apply with its conflicts, lists, deletion, Services' proxies. */
export interface TestCluster {
  readonly url: string;
  /** A kubeconfig for it; its context is `test`, its namespace `default`. */
  readonly kubeconfig: string;
  readonly calls: readonly ClusterCall[];
  get(kind: string, namespace: string, name: string): TestResource | undefined;
  put(resource: TestResource, manager?: string): void;
  remove(kind: string, namespace: string, name: string): void;
  /** Plays a controller: is called after every resource that was applied for real. */
  onApply(react: (resource: TestResource) => void): void;
  /** Answers requests in the cluster's place; the first that returns something counts. */
  answer(reply: (call: ClusterCall) => ClusterReply | undefined): void;
  close(): Promise<void>;
}

/** Starts a cluster's API in this process. Close it when the test ends. */
export async function startTestCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const cluster = new ClusterServer(options);
  const server = createServer((request, response) => void cluster.handle(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return cluster.open(server);
}

interface Place {
  readonly kind: ServedKind;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

class ClusterServer {
  readonly #options: TestClusterOptions;
  readonly #state: ClusterState;
  readonly #calls: ClusterCall[] = [];
  readonly #reactions: ((resource: TestResource) => void)[] = [];
  readonly #replies: ((call: ClusterCall) => ClusterReply | undefined)[] = [];

  constructor(options: TestClusterOptions) {
    this.#options = options;
    this.#state = new ClusterState([
      ...NATIVE_KINDS,
      ...(options.kserve === true ? KSERVE_KINDS : []),
      ...(options.batch === true ? BATCH_KINDS : []),
    ]);
    for (const name of ['default', ...(options.namespaces ?? [])]) {
      this.#state.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    }
    for (const resource of options.resources ?? []) this.#state.put(resource);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    const call = {
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
    };
    this.#calls.push(call);
    const { status, body } = this.#answer(call, request.headers.authorization);
    const isText = typeof body === 'string';
    response.writeHead(status, { 'content-type': isText ? 'text/plain' : 'application/json' });
    response.end(isText ? body : JSON.stringify(body));
  }

  #answer(call: ClusterCall, authorization: string | undefined): ClusterReply {
    const { token } = this.#options;
    if (token !== undefined && authorization !== `Bearer ${token}`)
      return statusReply(401, 'Unauthorized', 'Unauthorized');
    for (const reply of this.#replies) {
      const answer = reply(call);
      if (answer !== undefined) return answer;
    }
    const url = new URL(call.path, 'http://cluster');
    return this.#about(url.pathname) ?? this.#resources(call, url);
  }

  /** What the cluster says of itself. */
  #about(path: string): ClusterReply | undefined {
    const { version = 'v1.36.2', metrics = '' } = this.#options;
    if (path === '/version') return { status: 200, body: { gitVersion: version } };
    if (path === '/metrics') return { status: 200, body: metrics };
    if (path === '/apis') return { status: 200, body: { kind: 'APIGroupList', groups: groupsOf(this.#state.kinds) } };
    const [, apiVersion] = /^\/(?:api|apis)\/((?:[^/]+\/)?[^/]+)$/.exec(path) ?? [];
    const kinds = this.#state.kinds.filter((kind) => kind.apiVersion === apiVersion);
    if (apiVersion === undefined || kinds.length === 0) return undefined;
    const resources = kinds.map(({ kind, namespaced, plural }) => ({ name: plural, kind, namespaced }));
    return { status: 200, body: { kind: 'APIResourceList', groupVersion: apiVersion, resources } };
  }

  #resources(call: ClusterCall, url: URL): ClusterReply {
    const place = this.#place(url.pathname);
    if (place === undefined) return statusReply(404, 'NotFound', 'the server could not find the requested resource');
    const { kind, namespace, name } = place;
    if (name === undefined) return this.#list(place, url.searchParams);
    const known = this.#state.get(kind.kind, namespace, name);
    const absent = statusReply(404, 'NotFound', `${kind.plural} "${name}" not found`);
    if (call.method === 'GET') return known === undefined ? absent : { status: 200, body: known };
    if (call.method === 'DELETE') {
      return this.#state.remove(kind.kind, namespace, name)
        ? { status: 200, body: { kind: 'Status', status: 'Success' } }
        : absent;
    }
    return this.#patch(call, url.searchParams, place);
  }

  #patch({ body }: ClusterCall, query: URLSearchParams, { namespace }: Place): ClusterReply {
    if (namespace !== undefined && this.#state.get('Namespace', undefined, namespace) === undefined) {
      return statusReply(404, 'NotFound', `namespaces "${namespace}" not found`, {
        name: namespace,
        kind: 'namespaces',
      });
    }
    const dryRun = query.get('dryRun') === 'All';
    const resource = body as TestResource;
    const answer = this.#state.apply(resource, query.get('fieldManager') ?? '', {
      force: query.get('force') === 'true',
      dryRun,
    });
    if (!dryRun && answer.status < 300) for (const react of this.#reactions) react(answer.body as TestResource);
    return answer;
  }

  #list({ kind, namespace }: Place, query: URLSearchParams): ClusterReply {
    const [, name] = /^metadata\.name=(.*)$/.exec(query.get('fieldSelector') ?? '') ?? [];
    const labels = (query.get('labelSelector') ?? '')
      .split(',')
      .filter((pair) => pair !== '')
      .map((pair) => pair.split('='));
    const items = this.#state
      .list(kind.kind, namespace)
      .filter(({ metadata }) => name === undefined || metadata.name === name)
      .filter(({ metadata }) => labels.every(([key = '', value]) => metadata.labels?.[key] === value));
    return { status: 200, body: { kind: `${kind.kind}List`, apiVersion: kind.apiVersion, metadata: {}, items } };
  }

  #place(path: string): Place | undefined {
    const pattern = /^\/(?:api|apis)\/((?:[^/]+\/)?v[^/]+)\/(?:namespaces\/([^/]+)\/)?([^/]+)(?:\/([^/]+))?$/;
    const [, apiVersion, namespace, plural, name] = pattern.exec(path) ?? [];
    const kind = this.#state.kinds.find((one) => one.apiVersion === apiVersion && one.plural === plural);
    return kind === undefined ? undefined : { kind, namespace, name };
  }

  open(server: Server): TestCluster {
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    return {
      url,
      kubeconfig: kubeconfigFor(url, this.#options.token),
      calls: this.#calls,
      get: (kind, namespace, name) => this.#state.get(kind, namespace, name),
      put: (resource, manager) => this.#state.put(resource, manager),
      remove: (kind, namespace, name) => void this.#state.remove(kind, namespace, name),
      onApply: (react) => void this.#reactions.push(react),
      answer: (reply) => void this.#replies.push(reply),
      close: async () => {
        server.closeAllConnections();
        await new Promise<void>((resolve) => {
          server.close(() => resolve());
        });
      },
    };
  }
}

function groupsOf(kinds: readonly ServedKind[]): readonly object[] {
  const versions = new Map<string, Set<string>>();
  for (const { apiVersion } of kinds) {
    const [group = '', version] = apiVersion.split('/');
    if (version !== undefined) versions.set(group, (versions.get(group) ?? new Set()).add(version));
  }
  return [...versions].map(([name, all]) => ({
    name,
    versions: [...all].map((version) => ({ groupVersion: `${name}/${version}`, version })),
  }));
}

function kubeconfigFor(server: string, token: string | undefined): string {
  return `${JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      clusters: [{ name: 'test', cluster: { server } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace: 'default' } }],
      users: [{ name: 'test', user: token === undefined ? {} : { token } }],
    },
    null,
    2,
  )}\n`;
}
