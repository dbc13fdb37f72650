import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError } from '../core/index.js';
import { answerObject, asObjects, field, flagField, numberField, textField, type AnswerObject } from './answer.js';
import { requireId } from './api.js';
import type { Harbor } from './open-harbor.js';
import type { Project } from './projects.js';
import { selectors, toSelection, type Selection } from './rule-selection.js';

/** What keeps a tag: Harbor's rule templates, whose only parameter has the template's name. */
export type RetentionTemplate =
  | 'latestPushedK'
  | 'latestPulledN'
  | 'latestActiveK'
  | 'nDaysSinceLastPush'
  | 'nDaysSinceLastPull'
  | 'always';

/**
 * A tag that one of the rules keeps stays; every other tag of the project is deleted when the policy runs. Artifacts
 * without tags fall under every rule, whatever its pattern: that is Harbor's default, which is not changed here.
 */
export interface RetentionRule extends Selection {
  readonly keep: RetentionTemplate;
  /** How many tags, or days; `always` has none. */
  readonly count?: number | undefined;
}

/** A project's retention policy. */
export interface Retention {
  readonly rules: readonly RetentionRule[];
  /** Six fields, seconds first; empty for a policy that runs only when told to. */
  readonly schedule: string;
}

/** The retention policy of a project, or `undefined`. */
export async function getRetention(
  harbor: Harbor,
  project: Pick<Project, 'name' | 'retentionId'>,
): Promise<Retention | undefined> {
  if (project.retentionId === undefined) return undefined;
  const policy = await harbor.api.find({
    path: `/retentions/${project.retentionId}`,
    doing: `read the retention policy of '${project.name}'`,
  });
  return policy === undefined ? undefined : toRetention(policy);
}

/** Creates or replaces the retention policy of a project. */
export async function setRetention(harbor: Harbor, project: Project, retention: Retention): Promise<void> {
  const doing = `set the retention policy of '${project.name}'`;
  const body = retentionBody(project, retention);
  if (project.retentionId === undefined) {
    await harbor.api.create({ path: '/retentions', doing, body });
    return;
  }
  const id = project.retentionId;
  await harbor.api.change({ method: 'PUT', path: `/retentions/${id}`, doing, body: { ...body, id } });
}

/** What a run of the policy made, or would make, of one repository. */
export interface RetainedRepository {
  /** Without its project. */
  readonly repository: string;
  readonly artifacts: number;
  readonly kept: number;
}

/** A run of a retention policy that has ended. */
export interface RetentionRun {
  readonly id: number;
  readonly repositories: readonly RetainedRepository[];
}

/**
 * Runs the policy now and waits until it has ended, which Harbor tells some half a minute after its last deletion. With
 * `dryRun` nothing is deleted. Throws `HARBOR_NOT_FOUND` without a policy, `HARBOR_UNAVAILABLE` when the run failed.
 */
export async function runRetention(
  harbor: Harbor,
  project: Pick<Project, 'name' | 'retentionId'>,
  dryRun: boolean,
  pollMs: number = 1000,
): Promise<RetentionRun> {
  if (project.retentionId === undefined) {
    throw new SlipwayError('HARBOR_NOT_FOUND', `the project '${project.name}' has no retention policy`, {
      try: 'give it one: retention in the file of pipeline harbor apply',
    });
  }
  const path = `/retentions/${project.retentionId}/executions`;
  const doing = `run the retention policy of '${project.name}'`;
  const created = await harbor.api.create({ path, doing, body: { dry_run: dryRun } });
  const id = requireId(created.id, harbor.host, 'the run that was started');
  for (;;) {
    const status = await runStatus(harbor, path, id, doing);
    if (status === 'Success') break;
    if (!UNDER_WAY.has(status)) {
      throw new SlipwayError('HARBOR_UNAVAILABLE', `run ${id} of the retention policy of '${project.name}' failed`, {
        got: status,
        try: "the logs of its tasks say more: the project's policies, tag retention",
      });
    }
    await sleep(pollMs, undefined, harbor.api.signal === undefined ? {} : { signal: harbor.api.signal });
  }
  const tasks = await harbor.api.list({ path: `${path}/${id}/tasks`, doing });
  return { id, repositories: tasks.map(toRetained) };
}

const UNDER_WAY: ReadonlySet<string> = new Set(['Running', 'Pending', 'Scheduled']);

/** A single run cannot be asked for; the newest come first. */
async function runStatus(harbor: Harbor, path: string, id: number, doing: string): Promise<string> {
  const newest = asObjects(await harbor.api.get({ path, query: { page: 1, page_size: 20 }, doing }));
  return textField(newest.find((run) => numberField(run, 'id') === id) ?? {}, 'status') || 'lost among newer runs';
}

function toRetained(task: AnswerObject): RetainedRepository {
  return {
    repository: textField(task, 'repository'),
    artifacts: numberField(task, 'total') ?? 0,
    kept: numberField(task, 'retained') ?? 0,
  };
}

const TEXTS: ReadonlyMap<string, (count: number) => string> = new Map<string, (count: number) => string>([
  ['latestPushedK', (count) => `keep the ${count} pushed last`],
  ['latestPulledN', (count) => `keep the ${count} pulled last`],
  ['latestActiveK', (count) => `keep the ${count} pushed or pulled last`],
  ['nDaysSinceLastPush', (count) => `keep what was pushed in the last ${count} days`],
  ['nDaysSinceLastPull', (count) => `keep what was pulled in the last ${count} days`],
  ['always', () => 'keep always'],
]);

/** A rule for people: `keep the 10 pushed last`. A template that is not known is named. */
export function retentionText({ keep, count = 0 }: RetentionRule): string {
  return TEXTS.get(keep)?.(count) ?? `${keep} ${count}`;
}

function retentionBody(project: Project, { rules, schedule }: Retention): Record<string, unknown> {
  return {
    algorithm: 'or',
    scope: { level: 'project', ref: project.id },
    trigger: { kind: 'Schedule', settings: { cron: schedule }, references: {} },
    rules: rules.map((rule) => ({
      disabled: false,
      action: 'retain',
      priority: 0,
      template: rule.keep,
      params: rule.keep === 'always' ? {} : { [rule.keep]: rule.count ?? 0 },
      ...selectors(rule),
    })),
  };
}

/** Disabled rules keep nothing and are left out. */
function toRetention(policy: AnswerObject): Retention {
  const settings = answerObject(field(answerObject(field(policy, 'trigger')), 'settings'));
  const rules = asObjects(field(policy, 'rules')).filter((rule) => !flagField(rule, 'disabled'));
  return { schedule: textField(settings, 'cron'), rules: rules.map(toRule) };
}

function toRule(rule: AnswerObject): RetentionRule {
  // A template that is not known here is compared and shown by its name all the same.
  const keep = textField(rule, 'template') as RetentionTemplate;
  const count = numberField(answerObject(field(rule, 'params')), keep);
  return { keep, ...(count === undefined ? {} : { count }), ...toSelection(rule) };
}
