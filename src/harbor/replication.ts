import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError } from '../core/index.js';
import { answerObject, asObjects, field, flagField, numberField, textField, type AnswerObject } from './answer.js';
import { requireId } from './api.js';
import type { Harbor } from './open-harbor.js';

/** A rule that copies artifacts to another registry, as it should be. */
export interface ReplicationSpec {
  /** Unique in the whole Harbor. */
  readonly name: string;
  /** Number of the registry to copy to. */
  readonly registryId: number;
  /** Repositories with their project: `models/**`. */
  readonly repositories: string;
  /** Tags; all unless given. */
  readonly tags?: string | undefined;
  /** Project there; the same as here unless given. */
  readonly namespace?: string | undefined;
  /** `push`: after every push; `manual`; or six fields of a schedule. `push` unless given. */
  readonly when?: string | undefined;
  /** Replace what is there under the same name; true unless given. */
  readonly override?: boolean | undefined;
  /** Delete there what is deleted here; false unless given. */
  readonly deletion?: boolean | undefined;
  /** Send large layers in pieces; true unless given: models are large. */
  readonly byChunk?: boolean | undefined;
}

/** A rule as Harbor has it. */
export interface ReplicationPolicy {
  readonly id: number;
  readonly name: string;
  readonly registryId: number;
  readonly registry: string;
  readonly repositories: string;
  readonly tags: string;
  readonly namespace: string;
  readonly when: string;
  readonly override: boolean;
  readonly deletion: boolean;
  readonly byChunk: boolean;
  readonly enabled: boolean;
}

/** One run of a rule. */
export interface ReplicationRun {
  readonly id: number;
  /** `InProgress`, `Succeed`, `Failed`, `Stopped`. */
  readonly status: string;
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Why it failed, when Harbor says. */
  readonly text: string;
}

/** Every rule. System administrators only. */
export async function listReplication(harbor: Harbor): Promise<readonly ReplicationPolicy[]> {
  const found = await harbor.api.list({ path: '/replication/policies', doing: 'list its replication rules' });
  return found.map((policy) => toPolicy(policy, harbor));
}

export async function createReplication(harbor: Harbor, spec: ReplicationSpec): Promise<number> {
  const { id } = await harbor.api.create({
    path: '/replication/policies',
    doing: `create the replication rule '${spec.name}'`,
    body: policyBody(spec),
  });
  return requireId(id, harbor.host, `the replication rule '${spec.name}'`);
}

export async function updateReplication(harbor: Harbor, id: number, spec: ReplicationSpec): Promise<void> {
  await harbor.api.change({
    method: 'PUT',
    path: `/replication/policies/${id}`,
    doing: `change the replication rule '${spec.name}'`,
    body: { ...policyBody(spec), id },
  });
}

/** True when a rule is as it should be. */
export function isSameReplication(policy: ReplicationPolicy, spec: ReplicationSpec): boolean {
  return (
    policy.enabled &&
    policy.registryId === spec.registryId &&
    policy.repositories === spec.repositories &&
    policy.tags === (spec.tags ?? '**') &&
    policy.namespace === (spec.namespace ?? '') &&
    policy.when === (spec.when ?? 'push') &&
    policy.override === (spec.override ?? true) &&
    policy.deletion === (spec.deletion ?? false) &&
    policy.byChunk === (spec.byChunk ?? true)
  );
}

/** Runs a rule now; returns the number of the run. */
export async function startReplication(harbor: Harbor, policyId: number): Promise<number> {
  const { id } = await harbor.api.create({
    path: '/replication/executions',
    doing: 'start a replication',
    body: { policy_id: policyId },
  });
  return requireId(id, harbor.host, 'the replication that was started');
}

/** How a run stands. */
export async function replicationRun(harbor: Harbor, id: number): Promise<ReplicationRun> {
  const request = { path: `/replication/executions/${id}`, doing: 'read how a replication stands' };
  return toRun(answerObject(await harbor.api.get(request)), id);
}

/**
 * Waits until a run has ended. Throws `HARBOR_UNAVAILABLE` when it has not copied everything: Harbor starts any run and
 * tells only here that, say, the other registry does not answer.
 */
export async function waitForReplication(harbor: Harbor, id: number, pollMs: number = 1000): Promise<ReplicationRun> {
  for (;;) {
    const run = await replicationRun(harbor, id);
    if (run.status === 'Succeed') return run;
    if (run.status !== 'InProgress') {
      const counts = `${run.status}, ${run.failed} of ${run.total} failed`;
      throw new SlipwayError('HARBOR_UNAVAILABLE', `replication ${id} of '${harbor.host}' did not copy everything`, {
        got: run.text === '' ? counts : `${counts}: ${run.text}`,
        try: "the logs of its tasks say more: Administration, Replications, the rule's executions",
      });
    }
    await sleep(pollMs, undefined, harbor.api.signal === undefined ? {} : { signal: harbor.api.signal });
  }
}

/** The runs of a rule, newest first. */
export async function listReplicationRuns(harbor: Harbor, policyId: number): Promise<readonly ReplicationRun[]> {
  const found = await harbor.api.list({
    path: '/replication/executions',
    query: { policy_id: policyId, sort: '-start_time' },
    doing: 'list replications',
  });
  return found.map((run) => toRun(run, numberField(run, 'id') ?? 0));
}

function policyBody(spec: ReplicationSpec): Record<string, unknown> {
  const { when = 'push', tags = '**' } = spec;
  return {
    name: spec.name,
    dest_registry: { id: spec.registryId },
    dest_namespace: spec.namespace ?? '',
    // 1: the namespace stands in place of the project, whatever follows it.
    dest_namespace_replace_count: 1,
    filters: [
      { type: 'name', value: spec.repositories },
      ...(tags === '**' ? [] : [{ type: 'tag', value: tags, decoration: 'matches' }]),
    ],
    trigger: triggerOf(when),
    override: spec.override ?? true,
    deletion: spec.deletion ?? false,
    enabled: true,
    speed: 0,
    copy_by_chunk: spec.byChunk ?? true,
  };
}

function triggerOf(when: string): Record<string, unknown> {
  if (when === 'push') return { type: 'event_based' };
  if (when === 'manual') return { type: 'manual' };
  return { type: 'scheduled', trigger_settings: { cron: when } };
}

function whenOf(trigger: AnswerObject): string {
  const type = textField(trigger, 'type');
  if (type === 'event_based') return 'push';
  return type === 'scheduled' ? textField(answerObject(field(trigger, 'trigger_settings')), 'cron') : 'manual';
}

function toPolicy(policy: AnswerObject, { host }: Harbor): ReplicationPolicy {
  const name = textField(policy, 'name');
  const registry = answerObject(field(policy, 'dest_registry'));
  const filters = asObjects(field(policy, 'filters'));
  const filter = (type: string): string => {
    const found = filters.find((one) => textField(one, 'type') === type);
    return found === undefined ? '**' : textField(found, 'value');
  };
  return {
    id: requireId(numberField(policy, 'id'), host, `the replication rule '${name}'`),
    name,
    registryId: numberField(registry, 'id') ?? 0,
    registry: textField(registry, 'name'),
    repositories: filter('name'),
    tags: filter('tag'),
    namespace: textField(policy, 'dest_namespace'),
    when: whenOf(answerObject(field(policy, 'trigger'))),
    override: flagField(policy, 'override'),
    // Older releases answer only the second name.
    deletion: flagField(policy, 'deletion') || flagField(policy, 'replicate_deletion'),
    byChunk: flagField(policy, 'copy_by_chunk'),
    enabled: flagField(policy, 'enabled'),
  };
}

function toRun(run: AnswerObject, id: number): ReplicationRun {
  return {
    id,
    status: textField(run, 'status'),
    total: numberField(run, 'total') ?? 0,
    succeeded: numberField(run, 'succeed') ?? 0,
    failed: numberField(run, 'failed') ?? 0,
    text: textField(run, 'status_text'),
  };
}
