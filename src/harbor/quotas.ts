import { SlipwayError } from '../core/index.js';
import { segment } from './harbor-address.js';
import { answerObject, field, numberField } from './answer.js';
import { requireId } from './api.js';
import type { Harbor } from './open-harbor.js';

/** What a project may hold and holds, bytes. */
export interface ProjectStorage {
  /** -1 for no limit. */
  readonly limit: number;
  readonly used: number;
}

/** A quota as it is set. */
export interface Quota extends ProjectStorage {
  readonly id: number;
}

/** The same as a project's summary has it, for its members; `undefined` when this account is not told. */
export async function projectStorage(harbor: Harbor, project: string): Promise<ProjectStorage | undefined> {
  const request = { path: `/projects/${segment(project)}/summary`, doing: 'read how full a project is' };
  const response = await harbor.api.send({ ...request, also: [401, 403, 404], once: true });
  if (response.status !== 200) {
    await response.discard();
    return undefined;
  }
  const quota = answerObject(field(answerObject(await harbor.api.json(response, request)), 'quota'));
  const limit = numberField(answerObject(field(quota, 'hard')), 'storage');
  const used = numberField(answerObject(field(quota, 'used')), 'storage');
  return limit === undefined ? undefined : { limit, used: used ?? 0 };
}

/** The quota of a project. System administrators only. */
export async function getQuota(harbor: Harbor, projectId: number): Promise<Quota> {
  const [quota] = await harbor.api.list({
    path: '/quotas',
    query: { reference: 'project', reference_id: projectId },
    doing: 'read a quota',
  });
  if (quota === undefined) {
    throw new SlipwayError('HARBOR_NOT_FOUND', `'${harbor.host}' keeps no quota for this project`, {
      try: 'quotas per project are switched off in its configuration',
    });
  }
  return {
    id: requireId(numberField(quota, 'id'), harbor.host, 'the quota'),
    limit: numberField(answerObject(field(quota, 'hard')), 'storage') ?? -1,
    used: numberField(answerObject(field(quota, 'used')), 'storage') ?? 0,
  };
}

/** Sets a quota: bytes, or -1 for no limit. System administrators only. */
export async function setQuota(harbor: Harbor, quotaId: number, limit: number): Promise<void> {
  await harbor.api.change({
    method: 'PUT',
    path: `/quotas/${quotaId}`,
    doing: 'change a quota',
    body: { hard: { storage: limit } },
  });
}
