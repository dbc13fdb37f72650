import { SlipwayError } from '../core/index.js';
import { asObject, field, numberField } from './answer.js';
import { requireId } from './api.js';
import type { Harbor } from './open-harbor.js';

/** What a project may hold and holds, bytes. */
export interface Quota {
  readonly id: number;
  /** -1 for no limit. */
  readonly limit: number;
  readonly used: number;
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
    limit: numberField(asObject(field(quota, 'hard')), 'storage') ?? -1,
    used: numberField(asObject(field(quota, 'used')), 'storage') ?? 0,
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
