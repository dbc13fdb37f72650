import { randomUUID } from 'node:crypto';
import { request as send, type IncomingMessage, type ServerResponse } from 'node:http';
import { sha256 } from '../files/index.js';
import { accessoriesOf, attachmentOf, isTrusted } from './harbor-accessories.js';
import { textOf, type Row } from './harbor-answer.js';
import { typeOfManifest } from './harbor-artifacts.js';
import type { HarborRules } from './harbor-rules.js';
import type { Asker, HarborState, NotedArtifact } from './harbor-state.js';
import { errorAnswer, jsonAnswer, type Answer } from './registry-answer.js';
import { asObject } from './registry-store.js';
import type { TestRegistry } from './registry.js';

/** Harbor main checks for 4 MiB; 2.15.2 took 3 MiB and refused 5. */
const MANIFEST_LIMIT = 4 * 1024 * 1024;

/** A manifest that a request names. */
interface At {
  readonly project: string;
  readonly repository: string;
  readonly reference: string;
}

/** `/v2/` as Harbor's core answers it, with a plain registry behind. */
export class HarborRegistry {
  readonly #state: HarborState;
  readonly #rules: HarborRules;
  readonly #registry: TestRegistry;
  readonly #version: string;
  readonly #tokens = new Map<string, Asker>();
  /** Bytes that came by PATCH, by upload. */
  readonly #received = new Map<string, number>();

  constructor(state: HarborState, rules: HarborRules, registry: TestRegistry, version: string) {
    this.#state = state;
    this.#rules = rules;
    this.#registry = registry;
    this.#version = version;
  }

  /** `/service/token`: a wrong password gets a token too, for nothing. */
  token(request: IncomingMessage): Answer {
    if (request.method !== 'GET') return { status: 405 };
    const token = `token-${randomUUID()}`;
    this.#tokens.set(token, this.#state.login(request.headers.authorization) ?? { kind: 'anonymous' });
    return jsonAnswer({ token, access_token: '', expires_in: 1800, issued_at: new Date(0).toISOString() });
  }

  /** Answers what core answers itself; `undefined` when the request is for the registry behind. */
  async check(
    request: IncomingMessage,
    path: string,
    origin: string,
    body: Buffer | undefined,
  ): Promise<Answer | undefined> {
    const { authorization } = request.headers;
    const asker = this.#asker(authorization);
    const challenge = `Bearer realm="${origin}/service/token",service="harbor-registry"`;
    const isBasic = authorization?.startsWith('Basic ') === true;
    const headers = { 'www-authenticate': isBasic ? 'Basic realm="harbor"' : challenge };
    const refused = { ...errorAnswer(401, 'UNAUTHORIZED', 'unauthorized'), headers };
    const match = /^\/v2\/([^/]+)\/(.+?)\/(blobs|manifests|tags|referrers)\/(.*)$/.exec(path);
    if (match === null) return asker === undefined || asker.kind === 'anonymous' ? refused : undefined;
    const [, project = '', repository = '', kind, rest = ''] = match;
    // The words tell a project that is not there from missing rights, even after a wrong password; the challenge is empty.
    if (authorization !== undefined && this.#state.project(project) === undefined) {
      const words = `project ${project} not found`;
      return { ...errorAnswer(401, 'UNAUTHORIZED', `${words}: ${words}`), headers: { 'www-authenticate': '' } };
    }
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const right = isRead ? 'repository:pull' : 'repository:push';
    if (asker === undefined || !this.#state.may(asker, project, right)) return refused;
    if (kind === 'blobs') return this.#upload(request, project, path);
    if (kind !== 'manifests') return undefined;
    return this.#manifest(request, { project, repository, reference: rest }, body);
  }

  #manifest(request: IncomingMessage, at: At, body: Buffer | undefined): Answer | undefined {
    const { method, headers } = request;
    if (method === 'GET' || method === 'HEAD') {
      if (!/vnd\.(oci|docker)/.test(headers.accept ?? '')) return errorAnswer(404, 'MANIFEST_UNKNOWN');
      return this.#distrust(request, at);
    }
    if (method === 'DELETE') return this.#refuseDelete(at);
    if ((body?.byteLength ?? 0) > MANIFEST_LIMIT)
      return errorAnswer(400, 'MANIFEST_INVALID', 'the manifest is too large');
    const exists = this.#registry.tags(`${at.project}/${at.repository}`).has(at.reference);
    // Also for the digest that the tag has already.
    if (exists && this.#rules.isImmutable(at.project, at.repository, at.reference)) {
      return errorAnswer(
        412,
        'PRECONDITION',
        `Failed to process request due to '${at.repository}:${at.reference}' configured as immutable.`,
      );
    }
    const manifest = asObject(body ?? new Uint8Array(0)) as Row;
    if (this.#config(manifest) === undefined) return errorAnswer(500, 'UNKNOWN', 'internal server error');
    return this.#overQuota(at.project, manifest, body ?? new Uint8Array(0));
  }

  /** Content trust: also for HEAD, also for what is attached and no signature. A client that calls itself cosign may sign. */
  #distrust({ headers }: IncomingMessage, at: At): Answer | undefined {
    const artifact = this.#find(at);
    if (artifact === undefined || !this.#state.isSet(at.project, 'enable_content_trust_cosign')) return undefined;
    const asker = this.#asker(headers.authorization);
    const isToken = headers.authorization?.startsWith('Bearer ') === true;
    const signs = isToken && asker !== undefined && this.#state.may(asker, at.project, 'repository:push');
    if ((signs && /cosign|notation/.test(headers['user-agent'] ?? '')) || isTrusted(this.#state, artifact))
      return undefined;
    return errorAnswer(412, 'PROJECTPOLICYVIOLATION', 'The image is not signed by cosign.');
  }

  #refuseDelete(at: At): Answer | undefined {
    if (!at.reference.startsWith('sha256:')) {
      const words = `unsupported digest ${at.reference}: invalid checksum digest format`;
      return errorAnswer(400, 'UNSUPPORTED', words);
    }
    const artifact = this.#find(at);
    if (artifact === undefined) return undefined;
    if (this.#parents(artifact).length > 0) {
      const words = 'the deleting artifact is referenced by others';
      return errorAnswer(412, 'VIOLATE_FOREIGN_KEY_CONSTRAINT', words);
    }
    const tag = this.#tagsOf(artifact).find((one) => this.#rules.isImmutable(at.project, at.repository, one));
    if (tag === undefined) return undefined;
    return errorAnswer(412, 'PRECONDITION', `the tag ${tag} configured as immutable, cannot be deleted`);
  }

  #find({ project, repository, reference }: At): NotedArtifact | undefined {
    const digest = reference.startsWith('sha256:')
      ? reference
      : this.#registry.tags(`${project}/${repository}`).get(reference);
    return this.#state.artifact(project, repository, digest);
  }

  #parents({ project, repository, digest }: NotedArtifact): NotedArtifact[] {
    return this.#state.artifacts.filter(
      (one) => one.project === project && one.repository === repository && one.children.includes(digest),
    );
  }

  #tagsOf({ project, repository, digest }: NotedArtifact): string[] {
    const tags = [...this.#registry.tags(`${project}/${repository}`)];
    return tags.filter(([, points]) => points === digest).map(([tag]) => tag);
  }

  /** With an artifact goes what is attached to it, and the untagged children of an index. */
  async #forget(artifact: NotedArtifact): Promise<void> {
    const { project, repository, children } = artifact;
    this.#state.artifacts.splice(this.#state.artifacts.indexOf(artifact), 1);
    const orphans = children
      .map((digest) => this.#state.artifact(project, repository, digest))
      .filter((one) => one !== undefined && this.#tagsOf(one).length === 0 && this.#parents(one).length === 0);
    for (const one of [...accessoriesOf(this.#state, artifact), ...orphans]) {
      if (one === undefined || !this.#state.artifacts.includes(one)) continue;
      const gone = `${this.#registry.url}/v2/${project}/${repository}/manifests/${one.digest}`;
      await (await fetch(gone, { method: 'DELETE' })).arrayBuffer();
      await this.#forget(one);
    }
  }

  #overQuota(project: string, manifest: Row, body: Uint8Array): Answer | undefined {
    const more = { digest: sha256(body), size: sizeOf(manifest, body.byteLength), blobs: blobsOf(manifest) };
    const added = this.#state.used(project, [more]) - this.#state.used(project);
    return added === 0 ? undefined : this.#refuseFull(project, added);
  }

  /** Measured: an upload may begin unless the project is over its quota already, and ends with 403 when its bytes do not fit. */
  #upload(request: IncomingMessage, project: string, path: string): Answer | undefined {
    const { method = 'GET', headers } = request;
    const length = Number(headers['content-length'] ?? 0);
    const { searchParams } = new URL(request.url ?? '/', 'http://x');
    if (method === 'PATCH') this.#received.set(path, (this.#received.get(path) ?? 0) + length);
    if (method === 'POST' && !searchParams.has('mount')) return this.#refuseFull(project, 0);
    const digest = searchParams.get('digest') ?? '';
    if (method !== 'PUT' || this.#state.hasBlob(project, digest)) return undefined;
    const size = length === 0 ? (this.#received.get(path) ?? 0) : length;
    const refused = this.#refuseFull(project, size);
    if (refused === undefined) this.#state.noteBlob(project, digest, size);
    else request.resume();
    return refused;
  }

  #refuseFull(project: string, added: number): Answer | undefined {
    if (added <= this.#state.free(project)) return undefined;
    const words = `adding ${added} B of storage resource, which when updated to current usage of ${this.#state.used(project)} B`;
    return errorAnswer(403, 'DENIED', `${words} will exceed the configured upper limit of the storage quota.`);
  }

  /** Hands a request to the registry behind, and notes a manifest that it took. */
  async forward(request: IncomingMessage, response: ServerResponse, body: Buffer | undefined): Promise<void> {
    const { authorization: _, host: __, cookie: ___, ...headers } = request.headers;
    const path = request.url ?? '/';
    await new Promise<void>((resolve) => {
      const inner = send(`${this.#registry.url}${path}`, { method: request.method, headers }, (answer) => {
        if (request.method === 'PUT' && answer.statusCode === 201 && body !== undefined)
          this.#note(request, path, body);
        const deleted = answer.statusCode === 202 ? this.#deleted(request, path) : undefined;
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        void (deleted === undefined ? Promise.resolve() : this.#forget(deleted)).then(() => answer.pipe(response));
        answer.on('close', resolve);
      });
      inner.on('error', () => {
        response.socket?.destroy();
        resolve();
      });
      if (body === undefined) request.pipe(inner);
      else inner.end(body);
    });
  }

  /** The artifact whose manifest a request has deleted. */
  #deleted({ method }: IncomingMessage, path: string): NotedArtifact | undefined {
    const match = /^\/v2\/([^/]+)\/(.+?)\/manifests\/(.*)$/.exec(new URL(path, 'http://x').pathname);
    if (method !== 'DELETE' || match === null) return undefined;
    const [, project = '', repository = '', reference = ''] = match;
    return this.#find({ project, repository, reference });
  }

  #note(request: IncomingMessage, path: string, body: Buffer): void {
    const match = /^\/v2\/([^/]+)\/(.+?)\/manifests\/(.*)$/.exec(new URL(path, 'http://x').pathname);
    if (match === null) return;
    const [, project = '', repository = '', reference = ''] = match;
    const manifest = asObject(body) as Row;
    const stored = [...this.#registry.manifests(`${project}/${repository}`)];
    const digest = stored.find(([, { bytes }]) => body.equals(bytes))?.[0] ?? '';
    const present = this.#state.artifact(project, repository, digest);
    if (present !== undefined) {
      // The type stays what it was; cosign's tag is what makes a signature of a manifest without a subject.
      present.attached ??= attachmentOf(manifest, reference);
      return;
    }
    const config = (manifest['config'] ?? {}) as Row;
    this.#state.artifacts.push({
      id: this.#state.nextId(),
      project,
      repository,
      digest,
      type: typeOfManifest(manifest, this.#version),
      mediaType: textOf(config['mediaType'] ?? request.headers['content-type']),
      manifestMediaType: String(request.headers['content-type']),
      artifactType: textOf(manifest['artifactType'] ?? config['mediaType']),
      size: sizeOf(manifest, body.byteLength),
      config: this.#config(manifest) ?? {},
      layers: (manifest['layers'] ?? []) as Row[],
      blobs: blobsOf(manifest),
      labels: new Set(),
      pushTime: new Date().toISOString(),
      attached: attachmentOf(manifest, reference),
      children: ((manifest['manifests'] ?? []) as Row[]).map((child) => textOf(child['digest'])),
      scan: undefined,
      sbom: undefined,
    });
  }

  /** `undefined` for a config that is there and no JSON. */
  #config(manifest: Row): Row | undefined {
    const bytes = this.#registry.blob(String(((manifest['config'] ?? {}) as Row)['digest']));
    if (bytes === undefined) return {};
    try {
      return JSON.parse(new TextDecoder().decode(bytes)) as Row;
    } catch {
      return undefined;
    }
  }

  #asker(authorization: string | undefined): Asker | undefined {
    if (authorization?.startsWith('Bearer ') === true) return this.#tokens.get(authorization.slice('Bearer '.length));
    return this.#state.login(authorization);
  }
}

function blobsOf(manifest: Row): Row[] {
  const { config } = manifest;
  return [...(config === undefined ? [] : [config as Row]), ...((manifest['layers'] ?? []) as Row[])];
}

function sizeOf(manifest: Row, own: number): number {
  return blobsOf(manifest).reduce((sum, blob) => sum + Number(blob['size'] ?? 0), own);
}
