import { accessoriesOf, showAccessory } from './harbor-accessories.js';
import { addition, showsConfig } from './harbor-artifacts.js';
import {
  bodyField,
  harborCreated,
  harborError,
  harborJson,
  harborPage,
  textOf,
  type HarborCall,
  type Row,
} from './harbor-answer.js';
import { HarborRules } from './harbor-rules.js';
import type { Asker, HarborState, NotedArtifact } from './harbor-state.js';
import type { Answer } from './registry-answer.js';

/** What the API reads from the registry behind it. */
export interface HarborContent {
  readonly version: string;
  /** False for a Harbor without a scanner. */
  readonly scanner: boolean;
  tags(repository: string): ReadonlyMap<string, string>;
  blob(digest: string): Uint8Array | undefined;
  untag(repository: string, tag: string): void;
}

/** The API under `/api/v2.0`: projects, accounts and artifacts here, rules in {@link HarborRules}. */
export class HarborRoutes {
  readonly #state: HarborState;
  readonly #content: HarborContent;
  readonly #rules: HarborRules;

  constructor(state: HarborState, content: HarborContent) {
    this.#state = state;
    this.#content = content;
    this.#rules = new HarborRules(state);
  }

  answer(call: HarborCall, asker: Asker): Answer {
    const [first = '', second] = call.parts;
    if (first === 'ping') return { status: 200, headers: { 'content-type': 'text/plain' }, body: 'Pong' };
    if (first === 'systeminfo') return this.#systemInfo(asker);
    if (first === 'users' && second === 'current') return currentUser(asker);
    if (first === 'projects') return this.#projects(call, asker);
    if (asker.kind === 'anonymous') return harborError(401, 'UNAUTHORIZED', 'unauthorized');
    if (first === 'robots') return this.#robots(call, asker);
    return this.#rules.answer(call, asker);
  }

  /** The version is told to accounts only. */
  #systemInfo(asker: Asker): Answer {
    const open = { auth_mode: 'db_auth', primary_auth_mode: false, self_registration: false };
    if (asker.kind === 'anonymous') return harborJson(open);
    return harborJson({ ...open, harbor_version: this.#content.version, read_only: false });
  }

  #projects(call: HarborCall, asker: Asker): Answer {
    const { method, parts, body, query } = call;
    const [, name, ...rest] = parts;
    const isAdmin = asker.kind === 'user' && asker.admin;
    if (name === undefined) {
      if (method === 'POST') return isAdmin ? this.#createProject(call) : forbidden(asker);
      if (method === 'HEAD')
        return { status: this.#state.project(query.get('project_name') ?? '') === undefined ? 404 : 200 };
      return harborPage(
        this.#state.projects.filter((one) => this.#state.may(asker, String(one['name']), 'project:read')),
        call,
      );
    }
    const project = this.#state.project(name);
    // Measured: the artifacts of a repository of a project that is not there are an empty list to an administrator.
    if (project === undefined && isAdmin && rest[0] === 'repositories' && rest[2] === 'artifacts' && rest.length === 3)
      return harborPage([], call);
    if (project === undefined)
      return isAdmin ? harborError(404, 'NOT_FOUND', `project ${name} not found`) : forbidden(asker);
    if (rest.length > 0) return this.#inProject(call, asker, project, rest);
    if (method === 'GET') return this.#state.may(asker, name, 'project:read') ? harborJson(project) : forbidden(asker);
    if (!isAdmin) return forbidden(asker);
    if (method === 'PUT') {
      Object.assign(project['metadata'] as Row, bodyField(body, 'metadata'));
      return { status: 200 };
    }
    if (this.#state.artifacts.some((one) => one.project === name)) return harborError(412, 'PRECONDITION');
    this.#state.projects.splice(this.#state.projects.indexOf(project), 1);
    return { status: 200 };
  }

  #createProject({ body, path }: HarborCall): Answer {
    if (typeof body !== 'object' || body === null)
      return harborError(422, 'UNPROCESSABLE_ENTITY', 'parsing body failed');
    const name = textOf(bodyField(body, 'project_name'));
    if (!/^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/.test(name)) {
      return harborError(
        400,
        'BAD_REQUEST',
        `project name ${name} is not in lower case or contains illegal characters`,
      );
    }
    if (this.#state.project(name) !== undefined)
      return harborError(409, 'CONFLICT', `The project named ${name} already exists`);
    const id = this.#state.nextId();
    const metadata = { public: 'false', ...(bodyField(body, 'metadata') as Row | undefined) };
    const registry = bodyField(body, 'registry_id');
    this.#state.projects.push({ project_id: id, name, repo_count: 0, registry_id: registry ?? 0, metadata });
    const storage = bodyField(body, 'storage_limit');
    this.#state.quotas.push({ id: this.#state.nextId(), ref: { id, name }, hard: { storage: storage ?? -1 } });
    return harborCreated(path, id);
  }

  /** For accounts that may read the project; the quota only for those that may read it, too. */
  #summary(asker: Asker, name: string): Answer {
    if (!this.#state.may(asker, name, 'project:read')) return forbidden(asker);
    const quota = this.#state.quotas.find((one) => (one['ref'] as Row)['name'] === name);
    const isTold = quota !== undefined && this.#state.may(asker, name, 'quota:read');
    const used = { storage: this.#state.used(name) };
    return harborJson({ repo_count: 0, ...(isTold && { quota: { hard: quota['hard'], used } }) });
  }

  #inProject(call: HarborCall, asker: Asker, project: Row, rest: readonly string[]): Answer {
    const [what, encoded = '', ...more] = rest;
    const { query } = call;
    if (what === 'summary') return this.#summary(asker, String(project['name']));
    if (what !== 'repositories') return this.#rules.inProject(call, asker, project, rest);
    // Harbor decodes once more what arrives encoded twice.
    const repository = decodeURIComponent(encoded);
    const name = String(project['name']);
    if (more[0] !== 'artifacts') return harborError(404, 'NOT_FOUND', 'path was not found');
    const [, reference, ...tail] = more;
    const right =
      tail[0] === 'tags'
        ? 'tag:delete'
        : tail[0] === 'additions'
          ? 'artifact-addition:read'
          : reference === undefined
            ? 'artifact:list'
            : 'artifact:read';
    if (!this.#state.may(asker, name, right)) return forbidden(asker);
    if (reference === undefined) {
      const found = this.#state.artifacts.filter(
        (one) => one.project === name && one.repository === repository && one.attached === undefined,
      );
      return harborPage(
        found.map((one) => this.#show(one, query)),
        call,
      );
    }
    const digest = reference.startsWith('sha256:')
      ? reference
      : this.#content.tags(`${name}/${repository}`).get(reference);
    const artifact = this.#state.artifact(name, repository, digest);
    if (artifact === undefined)
      return harborError(404, 'NOT_FOUND', `artifact ${name}/${repository}:${reference} not found`);
    return this.#artifact(call, artifact, tail);
  }

  #artifact(call: HarborCall, artifact: NotedArtifact, tail: readonly string[]): Answer {
    const { version } = this.#content;
    const [what, name = ''] = tail;
    if (what === undefined) return harborJson(this.#show(artifact, call.query));
    if (what === 'tags' && call.method === 'DELETE') return this.#deleteTag(artifact, name);
    if (what === 'additions') return addition(artifact, name, version, (digest) => this.#content.blob(digest));
    if (what === 'scan' && !this.#content.scanner) {
      const id = this.#state.project(artifact.project)?.['project_id'];
      return harborError(412, 'PRECONDITION', `no available scanner for project: ${String(id)}`);
    }
    if (what === 'scan') {
      if (artifact.type !== 'IMAGE') {
        return harborError(
          400,
          'BAD_REQUEST',
          `the configured scanner does not support scanning artifact with mime type ${artifact.mediaType}`,
        );
      }
      if (bodyField(call.body, 'scan_type') === 'sbom')
        artifact.sbom = { scan_status: 'Success', sbom_digest: artifact.digest };
      else artifact.scan = SCAN_RESULT;
      return { status: 202 };
    }
    if (what === 'labels' && call.method === 'POST') {
      const id = Number(bodyField(call.body, 'id'));
      if (artifact.labels.has(id)) return harborError(409, 'CONFLICT');
      artifact.labels.add(id);
      return { status: 200 };
    }
    return harborError(404, 'NOT_FOUND', 'path was not found');
  }

  #deleteTag({ project, repository, digest }: NotedArtifact, tag: string): Answer {
    if (this.#content.tags(`${project}/${repository}`).get(tag) !== digest)
      return harborError(404, 'NOT_FOUND', `tag ${tag} attached to artifact not found`);
    if (this.#rules.isImmutable(project, repository, tag))
      return harborError(412, 'PRECONDITION', `the tag ${tag} configured as immutable, cannot be deleted`);
    this.#content.untag(`${project}/${repository}`, tag);
    return { status: 200 };
  }

  #show(artifact: NotedArtifact, query: URLSearchParams): Row {
    const repository = `${artifact.project}/${artifact.repository}`;
    const tags = [...this.#content.tags(repository)].filter(([, digest]) => digest === artifact.digest);
    const attached = accessoriesOf(this.#state, artifact);
    const links = ['readme.md', 'license', 'files'].map((name) => [
      name,
      { href: `/additions/${name}`, absolute: false },
    ]);
    return {
      id: artifact.id,
      type: artifact.type,
      media_type: artifact.mediaType,
      manifest_media_type: artifact.manifestMediaType,
      artifact_type: artifact.artifactType,
      repository_name: repository,
      digest: artifact.digest,
      size: artifact.size,
      push_time: artifact.pushTime,
      extra_attrs: showsConfig(artifact.type) ? artifact.config : null,
      tags: tags.map(([name]) => ({
        name,
        immutable: this.#rules.isImmutable(artifact.project, artifact.repository, name),
      })),
      labels: this.#state.labels.filter((label) => artifact.labels.has(Number(label['id']))),
      ...(artifact.type === 'CNAI' ? { addition_links: Object.fromEntries(links) as Row } : {}),
      ...(artifact.scan === undefined ? {} : { scan_overview: artifact.scan }),
      ...(artifact.sbom === undefined ? {} : { sbom_overview: artifact.sbom }),
      accessories: query.get('with_accessory') === 'true' && attached.length > 0 ? attached.map(showAccessory) : null,
    };
  }

  #robots(call: HarborCall, asker: Asker): Answer {
    const { method, parts, query, body, path } = call;
    if (asker.kind !== 'user' || !asker.admin) return forbidden(asker);
    const robots = this.#state.robots;
    if (parts[1] !== undefined) {
      const robot = robots.find((one) => String(one['id']) === parts[1]);
      if (robot === undefined) return harborError(404, 'NOT_FOUND', `robot ${parts[1]} not found`);
      if (method === 'DELETE') robots.splice(robots.indexOf(robot), 1);
      else if (method === 'PUT') return changeRobot(robot, body as Row);
      return method === 'GET' ? harborJson(robot) : { status: 200 };
    }
    if (method === 'GET') {
      const id = /ProjectID=(\d+)/.exec(query.get('q') ?? '')?.[1];
      return harborPage(
        robots.filter((one) => String(one['project_id']) === id),
        call,
      );
    }
    const duration = bodyField(body, 'duration');
    if (typeof duration !== 'number' || (duration !== -1 && duration <= 0)) {
      return harborError(400, 'BAD_REQUEST', `bad request error duration input: ${String(duration)}`);
    }
    const [permission] = (bodyField(body, 'permissions') ?? []) as Row[];
    const project = this.#state.project(String(permission?.['namespace']));
    if (project === undefined || permission === undefined)
      return harborError(400, 'BAD_REQUEST', 'bad request permission');
    const name = `robot$${String(project['name'])}+${String(bodyField(body, 'name'))}`;
    if (robots.some((one) => one['name'] === name))
      return harborError(409, 'CONFLICT', `robot account ${name} already exists`);
    const id = this.#state.nextId();
    robots.push({ ...(body as Row), id, name, project_id: project['project_id'], editable: true, secret: '' });
    return harborCreated(path, id, { id, name, secret: this.#state.newSecret(name), expires_at: -1 });
  }
}

const SCAN_RESULT: Row = {
  'application/vnd.security.vulnerability.report; version=1.1': {
    scan_status: 'Success',
    severity: 'High',
    complete_percent: 100,
    summary: { total: 3, fixable: 2, summary: { High: 1, Low: 2 } },
  },
};

/** 403 for accounts, 401 without one. */
export function forbidden(asker: Asker): Answer {
  return asker.kind === 'anonymous'
    ? harborError(401, 'UNAUTHORIZED', 'unauthorized')
    : harborError(403, 'FORBIDDEN', 'forbidden');
}

function currentUser(asker: Asker): Answer {
  if (asker.kind === 'anonymous') return harborError(401, 'UNAUTHORIZED', 'unauthorized');
  if (asker.kind === 'robot')
    return harborError(412, 'PRECONDITION', 'get current user not available for security context: robot');
  return harborJson({ user_id: 1, username: asker.name, sysadmin_flag: asker.admin });
}

function changeRobot(robot: Row, body: Row): Answer {
  if (body['name'] !== robot['name'] || body['level'] !== robot['level']) {
    return harborError(400, 'BAD_REQUEST', 'cannot update the level or name of robot');
  }
  Object.assign(robot, body);
  return { status: 200 };
}
