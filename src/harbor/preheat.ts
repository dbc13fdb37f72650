import { SlipwayError } from '../core/index.js';
import { segment } from './harbor-address.js';
import { answerObject, asObjects, field, flagField, numberField, textField, type AnswerObject } from './answer.js';
import { requireId } from './api.js';
import type { Harbor } from './open-harbor.js';
import type { Project } from './projects.js';

/**
 * A rule that loads artifacts into a peer-to-peer network before they are asked for. Harbor does this for container
 * images and for artifacts of type CNAI, that is models of the family that its version knows.
 */
export interface PreheatSpec {
  readonly name: string;
  /** Name of the P2P provider instance (Dragonfly, Kraken) that an administrator has set up; the default one unless given. */
  readonly provider?: string | undefined;
  /** Repositories without the project; all unless given. */
  readonly repositories?: string | undefined;
  readonly tags?: string | undefined;
  /** `push`, `manual`, or six fields of a schedule. `push` unless given. */
  readonly when?: string | undefined;
}

/** A rule as Harbor has it. */
export interface PreheatPolicy {
  readonly id: number;
  readonly name: string;
  readonly providerId: number;
  readonly repositories: string;
  readonly tags: string;
  readonly when: string;
  readonly enabled: boolean;
}

/** The preheat rules of a project. */
export async function listPreheat(harbor: Harbor, project: string): Promise<readonly PreheatPolicy[]> {
  const found = await harbor.api.list({ path: policiesPath(project), doing: `list the preheat rules of '${project}'` });
  return found.map((policy) => toPolicy(policy, harbor));
}

/** The number of a provider by name. Throws `HARBOR_NOT_FOUND` naming those that the project may use. */
export async function findProvider(harbor: Harbor, project: string, name: string | undefined): Promise<number> {
  const request = {
    path: `/projects/${segment(project)}/preheat/providers`,
    doing: `list the P2P providers of '${project}'`,
  };
  const found = asObjects(await harbor.api.get(request));
  const chosen =
    name === undefined
      ? (found.find((provider) => flagField(provider, 'default')) ?? found[0])
      : found.find((provider) => providerName(provider) === name);
  if (chosen !== undefined) return requireId(numberField(chosen, 'id'), harbor.host, 'a P2P provider');
  throw new SlipwayError(
    'HARBOR_NOT_FOUND',
    `'${harbor.host}' has no P2P provider ${name === undefined ? 'at all' : `'${name}'`}`,
    {
      got: found.length === 0 ? 'none is set up' : `there are ${found.map(providerName).join(', ')}`,
      try: 'an administrator sets up an instance: Distributions, New instance',
    },
  );
}

export async function createPreheat(
  harbor: Harbor,
  project: Pick<Project, 'id' | 'name'>,
  spec: PreheatSpec,
  providerId: number,
): Promise<void> {
  await harbor.api.create({
    path: policiesPath(project.name),
    doing: `create the preheat rule '${spec.name}'`,
    body: policyBody(project, spec, providerId),
  });
}

export async function updatePreheat(
  harbor: Harbor,
  project: Pick<Project, 'id' | 'name'>,
  id: number,
  spec: PreheatSpec,
  providerId: number,
): Promise<void> {
  await harbor.api.change({
    method: 'PUT',
    path: `${policiesPath(project.name)}/${segment(spec.name)}`,
    doing: `change the preheat rule '${spec.name}'`,
    body: { ...policyBody(project, spec, providerId), id },
  });
}

/** True when a rule is as it should be. */
export function isSamePreheat(policy: PreheatPolicy, spec: PreheatSpec, providerId: number): boolean {
  return (
    policy.enabled &&
    policy.providerId === providerId &&
    policy.repositories === (spec.repositories ?? '**') &&
    policy.tags === (spec.tags ?? '**') &&
    policy.when === (spec.when ?? 'push')
  );
}

function policiesPath(project: string): string {
  return `/projects/${segment(project)}/preheat/policies`;
}

/** Harbor writes vendor, name and endpoint into one text: `dragonfly p2p-http://10.0.0.1:65001`. */
function providerName(provider: AnswerObject): string {
  return textField(provider, 'provider')
    .replace(/^\S+ /, '')
    .replace(/-https?:\/\/.*$/, '');
}

/** Filters and trigger are JSON within JSON. */
function policyBody(project: Pick<Project, 'id'>, spec: PreheatSpec, providerId: number): Record<string, unknown> {
  const { when = 'push', repositories = '**', tags = '**' } = spec;
  const type = when === 'push' ? 'event_based' : when === 'manual' ? 'manual' : 'scheduled';
  return {
    name: spec.name,
    project_id: project.id,
    provider_id: providerId,
    enabled: true,
    filters: JSON.stringify([
      { type: 'repository', value: repositories },
      { type: 'tag', value: tags },
    ]),
    trigger: JSON.stringify({ type, trigger_setting: type === 'scheduled' ? { cron: when } : {} }),
  };
}

function toPolicy(policy: AnswerObject, { host }: Harbor): PreheatPolicy {
  const name = textField(policy, 'name');
  const filters = asObjects(parsed(textField(policy, 'filters')));
  const trigger = answerObject(parsed(textField(policy, 'trigger')));
  const type = textField(trigger, 'type');
  const filter = (kind: string): string => {
    const found = filters.find((one) => textField(one, 'type') === kind);
    return found === undefined ? '**' : textField(found, 'value');
  };
  return {
    id: requireId(numberField(policy, 'id'), host, `the preheat rule '${name}'`),
    name,
    providerId: numberField(policy, 'provider_id') ?? 0,
    repositories: filter('repository'),
    tags: filter('tag'),
    when:
      type === 'event_based'
        ? 'push'
        : type === 'scheduled'
          ? textField(answerObject(field(trigger, 'trigger_setting')), 'cron')
          : 'manual',
    enabled: flagField(policy, 'enabled'),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
