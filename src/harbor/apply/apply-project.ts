import { countText, SlipwayError } from '../../core/index.js';
import { createProject, findProject, getProject, updateProject, type Project } from '../projects.js';
import { getQuota, setQuota } from '../quotas.js';
import { applyEndpoint } from './apply-replication.js';
import { carryOut, differences, type Work } from './change.js';
import { quotaBytes, quotaText } from './quota-size.js';

/** Creates or changes the project itself. `undefined` in a dry run that would create it. */
export async function applyProject(work: Work): Promise<Project | undefined> {
  const { harbor, settings } = work;
  const found = await findProject(harbor, settings.project);
  if (found === undefined) return newProject(work);
  if (settings.proxyCache !== undefined) await checkProxy(work, found);
  const { public: isPublic, scanOnPush, sbomOnPush, contentTrust } = settings;
  const detail = differences([
    ['public', found.public, isPublic],
    ['scanOnPush', found.scanOnPush, scanOnPush],
    ['sbomOnPush', found.sbomOnPush, sbomOnPush],
    ['contentTrust', found.contentTrust, contentTrust],
  ]);
  await carryOut(
    work,
    { kind: 'project', name: found.name, change: detail === '' ? 'unchanged' : 'updated', detail },
    async () => updateProject(harbor, found.name, settings),
  );
  if (settings.quota !== undefined) await applyQuota(work, found, quotaBytes(settings.quota));
  return found;
}

async function newProject(work: Work): Promise<Project | undefined> {
  const { harbor, settings, dryRun } = work;
  const { project: name, quota, proxyCache } = settings;
  const registryId = proxyCache === undefined ? undefined : await applyEndpoint(work, proxyCache);
  const bytes = quota === undefined ? undefined : quotaBytes(quota);
  const detail = [
    settings.public === true ? 'public' : 'private',
    ...(settings.contentTrust === 'cosign' ? ['content trust cosign'] : []),
    ...(bytes === undefined ? [] : [`quota ${quotaText(bytes)}`]),
    ...(proxyCache === undefined ? [] : [`proxy cache of ${proxyCache.name}`]),
  ].join(', ');
  await carryOut(work, { kind: 'project', name, change: 'created', detail }, async () =>
    createProject(harbor, { ...settings, name, quota: bytes, registryId }),
  );
  if (dryRun) return undefined;
  const project = await getProject(harbor, name);
  // Harbor gives projects of other accounts its default quota, whatever they ask for.
  if (bytes !== undefined) await applyQuota(work, project, bytes, true);
  return project;
}

async function applyQuota(work: Work, project: Project, limit: number, onlyIfDifferent = false): Promise<void> {
  const { harbor } = work;
  const quota = await getQuota(harbor, project.id);
  const detail = differences([['limit', quotaText(quota.limit), quotaText(limit)]]);
  if (onlyIfDifferent && detail === '') return;
  if (limit !== -1 && limit < quota.used) {
    throw new SlipwayError('HARBOR_REFUSED', `the quota of '${project.name}' would be smaller than what it holds`, {
      got: `quota ${limit}, in use ${countText(quota.used, 'byte')}`,
      context: { limit, used: quota.used },
    });
  }
  await carryOut(
    work,
    { kind: 'quota', name: project.name, change: detail === '' ? 'unchanged' : 'updated', detail },
    async () => setQuota(harbor, quota.id, limit),
  );
}

async function checkProxy(work: Work, project: Project): Promise<void> {
  const { proxyCache } = work.settings;
  if (proxyCache === undefined) return;
  if (project.registryId === undefined) {
    throw new SlipwayError('HARBOR_REFUSED', `the project '${project.name}' cannot become a proxy cache`, {
      got: 'it exists as an ordinary project',
      try: 'choose another name: this is settled when a project is created',
    });
  }
  const id = await applyEndpoint(work, proxyCache);
  if (id === project.registryId) return;
  throw new SlipwayError('HARBOR_REFUSED', `the project '${project.name}' is a proxy cache of another registry`, {
    got: `registry ${project.registryId}, wanted '${proxyCache.name}'`,
    try: 'choose another name: this is settled when a project is created',
  });
}
