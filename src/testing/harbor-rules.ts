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
import { meets, type Asker, type HarborState } from './harbor-state.js';
import type { Answer } from './registry-answer.js';

/** Rules and policies: immutable tags, retention, labels, registries, replication, preheat, quotas. */
export class HarborRules {
  readonly #state: HarborState;

  constructor(state: HarborState) {
    this.#state = state;
  }

  answer(call: HarborCall, asker: Asker): Answer {
    const state = this.#state;
    const [first] = call.parts;
    // Labels and retention belong to projects, the rest to the system; this fake knows one administrator of both.
    if (asker.kind !== 'user' || !asker.admin) return harborError(403, 'FORBIDDEN', 'forbidden');
    if (first === 'quotas') return this.#quotas(call);
    if (first === 'labels') return this.#labels(call);
    if (first === 'retentions') return this.#retentions(call);
    if (first === 'registries') return this.#registries(call);
    if (first === 'replication' && call.parts[1] === 'policies') return this.#policies(call);
    if (first === 'replication') return this.#executions(call);
    if (first === 'p2p') return harborPage(state.instances, call);
    return harborError(404, 'NOT_FOUND', 'path was not found');
  }

  /** What stands under `/projects/NAME`. */
  inProject(call: HarborCall, asker: Asker, project: Row, rest: readonly string[]): Answer {
    if (asker.kind !== 'user' || !asker.admin) return harborError(asker.kind === 'anonymous' ? 401 : 403, 'FORBIDDEN');
    const id = project['project_id'];
    const mine = (row: Row): boolean => row['project_id'] === id;
    if (rest[0] === 'immutabletagrules') {
      const local = { ...call, parts: rest };
      return this.#table(this.#state.immutable, local, { project_id: id }, mine);
    }
    if (rest[0] !== 'preheat') return harborError(404, 'NOT_FOUND', 'path was not found');
    if (rest[1] === 'providers') {
      return harborJson(
        this.#state.instances.map((one) => ({
          id: one['id'],
          provider: `${String(one['vendor'])} ${String(one['name'])}-${String(one['endpoint'])}`,
          enabled: true,
          default: one['default'],
        })),
      );
    }
    // Preheat rules are found by name.
    const named = this.#state.preheat.find((row) => mine(row) && row['name'] === rest[2]);
    const parts = rest[2] === undefined ? ['preheat'] : ['preheat', textOf(named?.['id'])];
    return this.#table(this.#state.preheat, { ...call, parts }, {}, mine);
  }

  /** Whether a rule keeps a tag from being moved. */
  isImmutable(project: string, repository: string, tag: string): boolean {
    const id = this.#state.project(project)?.['project_id'];
    return this.#state.immutable.some((rule) => {
      if (rule['project_id'] !== id || rule['disabled'] === true) return false;
      const [tags] = rule['tag_selectors'] as Row[];
      const [repositories] = (rule['scope_selectors'] as { repository: Row[] }).repository;
      return selects(tags, 'excludes', tag) && selects(repositories, 'repoExcludes', repository);
    });
  }

  #quotas(call: HarborCall): Answer {
    const { method, parts, query, body } = call;
    const shown = this.#state.quotas.map((quota) => {
      const ref = quota['ref'] as Row;
      return { ...quota, used: { storage: this.#state.used(String(ref['name'])) } };
    });
    if (method === 'GET')
      return harborPage(
        shown.filter(
          (one) => String((one as Row)['ref'] && ((one as Row)['ref'] as Row)['id']) === query.get('reference_id'),
        ),
        call,
      );
    const quota = this.#state.quotas.find((one) => String(one['id']) === parts[1]);
    if (quota === undefined) return harborError(404, 'NOT_FOUND');
    quota['hard'] = bodyField(body, 'hard');
    return { status: 200 };
  }

  #labels(call: HarborCall): Answer {
    const { method, body, query } = call;
    const { labels } = this.#state;
    const project = query.get('project_id');
    const isTaken = labels.some(
      (one) => one['name'] === bodyField(body, 'name') && one['project_id'] === bodyField(body, 'project_id'),
    );
    if (method === 'POST' && isTaken) return harborError(409, 'CONFLICT', 'label already exists');
    return this.#table(labels, call, {}, (row) => project === null || String(row['project_id']) === project);
  }

  #retentions(call: HarborCall): Answer {
    const { method, parts, body } = call;
    const { retentions, projects } = this.#state;
    if (parts[2] === 'executions') return this.#retentionRuns(call, parts[1] ?? '');
    const rules = (bodyField(body, 'rules') ?? []) as Row[];
    if (rules.length > 15) return harborError(400, 'BAD_REQUEST', 'only 15 rules are allowed at most');
    if (method !== 'POST') return this.#table(retentions, call, {});
    const ref = ((bodyField(body, 'scope') ?? {}) as Row)['ref'];
    const project = projects.find((one) => one['project_id'] === ref);
    if (project === undefined) return harborError(400, 'BAD_REQUEST', 'invalid project id');
    const answer = this.#table(retentions, call, {});
    (project['metadata'] as Row)['retention_id'] = String(retentions.at(-1)?.['id']);
    return answer;
  }

  /**
   * Measured: a run stays `Running` for a while after its tasks, and has none when there is nothing to do. Rules are not
   * weighed here: one artifact of each repository is said to be kept.
   */
  #retentionRuns({ method, path, parts, body }: HarborCall, policy: string): Answer {
    const { retentions, retentionRuns, artifacts, projects } = this.#state;
    const kept = retentions.find((one) => String(one['id']) === policy);
    const project = projects.find((one) => one['project_id'] === ((kept?.['scope'] ?? {}) as Row)['ref']);
    if (project === undefined) {
      return harborError(400, 'BAD_REQUEST', `bad request: no such Retention policy with id ${policy}`);
    }
    if (method === 'POST') {
      const id = this.#state.nextId();
      const status = String(project['name']).includes('stuck') ? 'Error' : 'Success';
      retentionRuns.unshift({ id, policy_id: kept?.['id'], dry_run: bodyField(body, 'dry_run'), status, told: false });
      return harborCreated(path, id);
    }
    if (parts[4] === 'tasks') {
      const mine = artifacts.filter((one) => one.project === project['name']);
      const counts = new Map<string, number>();
      for (const { repository } of mine) counts.set(repository, (counts.get(repository) ?? 0) + 1);
      return harborJson(
        [...counts].map(([repository, total]) => ({ repository, total, retained: 1, status: 'Success' })),
      );
    }
    const shown = retentionRuns.map(({ told, ...run }) => (told === true ? run : { ...run, status: 'Running' }));
    for (const run of retentionRuns) run['told'] = true;
    return harborJson(shown);
  }

  #registries(call: HarborCall): Answer {
    const { method, parts, body } = call;
    const kept = this.#state.registries.find((one) => String(one['id']) === parts[1]);
    if (method === 'PUT' && kept !== undefined) {
      const { access_key: key, access_secret: secret, credential_type: _, ...rest } = body as Row;
      const credential = { ...(kept['credential'] as Row | undefined) };
      if (key !== undefined) credential['access_key'] = key;
      if (secret !== undefined) credential['access_secret'] = '*****';
      Object.assign(kept, rest, { credential });
      return { status: 200 };
    }
    if (method === 'POST') {
      if (String(bodyField(body, 'url')).includes('unreachable')) {
        return harborError(500, 'UNKNOWN', 'internal server error');
      }
      if (((bodyField(body, 'credential') ?? {}) as Row)['access_secret'] === 'wrong') {
        return harborError(400, 'BAD_REQUEST', 'the registry is unhealthy');
      }
      const credential = bodyField(body, 'credential') as Row | undefined;
      const masked = credential === undefined ? {} : { credential: { ...credential, access_secret: '*****' } };
      return this.#table(this.#state.registries, call, { ...masked, status: 'healthy' });
    }
    return this.#table(this.#state.registries, call, {});
  }

  #policies(call: HarborCall): Answer {
    const { body } = call;
    const id = ((bodyField(body, 'dest_registry') ?? {}) as Row)['id'];
    const registry = this.#state.registries.find((one) => one['id'] === id);
    if (body !== undefined && registry === undefined)
      return harborError(400, 'BAD_REQUEST', 'the registry was not found');
    const extra =
      body === undefined ? {} : { dest_registry: registry, replicate_deletion: bodyField(body, 'deletion') };
    return this.#table(this.#state.policies, { ...call, parts: call.parts.slice(1) }, extra);
  }

  #executions(call: HarborCall): Answer {
    const { method, body, query } = call;
    const policy = bodyField(body, 'policy_id');
    if (method === 'POST' && !this.#state.policies.some((one) => one['id'] === policy))
      return harborError(404, 'NOT_FOUND');
    const outcome = executionOf(this.#state.policies.find((one) => one['id'] === policy));
    const of = query.get('policy_id');
    const local = { ...call, parts: call.parts.slice(1) };
    return this.#table(this.#state.executions, local, outcome, (row) => of === null || String(row['policy_id']) === of);
  }

  /** Create, list, read, replace and delete rows of a table. */
  #table(rows: Row[], call: HarborCall, extra: Row, mine: (row: Row) => boolean = () => true): Answer {
    const { method, parts, body, path } = call;
    if (parts[1] === undefined) {
      if (method === 'GET') return harborPage(rows.filter(mine), call);
      if (typeof body !== 'object' || body === null)
        return harborError(422, 'UNPROCESSABLE_ENTITY', 'parsing body failed');
      const id = this.#state.nextId();
      rows.push({ ...(body as Row), ...extra, id });
      return harborCreated(path, id);
    }
    const row = rows.find((one) => String(one['id']) === parts[1] && mine(one));
    if (row === undefined) return harborError(404, 'NOT_FOUND', `${parts.join('/')} not found`);
    if (method === 'GET') return harborJson(row);
    if (method === 'PUT') Object.assign(row, body, extra, { id: row['id'] });
    else rows.splice(rows.indexOf(row), 1);
    return { status: 200 };
  }
}

/** What real runs answered: Harbor starts every run; only the run itself tells that it failed or met nothing. */
function executionOf(policy: Row | undefined): Row {
  const none = { total: 0, succeed: 0, failed: 0 };
  const url = textOf(((policy?.['dest_registry'] ?? {}) as Row)['url']);
  if (url.includes('stopped')) return { ...none, status: 'Failed', status_text: `failed to create adapter for ${url}` };
  if (url.includes('slow')) return { ...none, status: 'InProgress', status_text: '' };
  const [name] = (policy?.['filters'] ?? []) as Row[];
  if (textOf(name?.['value']).includes('/empty/')) {
    return { ...none, status: 'Succeed', status_text: 'no resources need to be replicated' };
  }
  return { status: 'Succeed', total: 2, succeed: 2, failed: 0, status_text: '' };
}

function selects(selector: Row | undefined, excluding: string, name: string): boolean {
  return meets(String(selector?.['pattern']), name) !== (selector?.['decoration'] === excluding);
}
