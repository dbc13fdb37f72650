import { createPreheat, findProvider, isSamePreheat, listPreheat, updatePreheat } from '../preheat.js';
import {
  createRegistry,
  isSameRegistry,
  listRegistries,
  updateRegistry,
  type RegistryEndpoint,
} from '../registries.js';
import {
  createReplication,
  isSameReplication,
  listReplication,
  updateReplication,
  type ReplicationSpec,
} from '../replication.js';
import { carryOut, note, type ProjectWork, type Work } from './change.js';
import type { ReplicationSetting } from './settings.js';

/**
 * Makes a registry known to Harbor; returns its number, -1 in a dry run that would create it. A password that is kept
 * cannot be compared: a new one is sent only together with another change.
 */
export async function applyEndpoint(work: Work, endpoint: RegistryEndpoint): Promise<number> {
  const { harbor } = work;
  const { name } = endpoint;
  const kept = (await listRegistries(harbor)).find((one) => one.name === name);
  // A registry that several rules copy to is told once, in a dry run too.
  const isTold = work.changes.some((change) => change.kind === 'registry' && change.name === name);
  if (kept === undefined) {
    if (work.dryRun && isTold) return -1;
    let id = -1;
    await carryOut(work, { kind: 'registry', name, change: 'created', detail: endpoint.url }, async () => {
      id = await createRegistry(harbor, endpoint);
    });
    return id;
  }
  const isSame = isSameRegistry(kept, endpoint);
  const detail = isSame ? '' : `${endpoint.url}, was ${kept.url}`;
  if (isSame && isTold) return kept.id;
  await carryOut(work, { kind: 'registry', name, change: isSame ? 'unchanged' : 'updated', detail }, async () =>
    updateRegistry(harbor, kept, endpoint),
  );
  return kept.id;
}

/** Creates replication rules and brings them to what is wanted. */
export async function applyReplication(work: ProjectWork): Promise<void> {
  const { harbor, settings } = work;
  if (settings.replication === undefined) return;
  const present = await listReplication(harbor);
  for (const setting of settings.replication) {
    const registryId = await applyEndpoint(work, setting.to);
    const spec = replicationSpec(settings.project, setting, registryId);
    const policy = present.find((one) => one.name === spec.name);
    const change = policy === undefined ? 'created' : isSameReplication(policy, spec) ? 'unchanged' : 'updated';
    const detail = change === 'unchanged' ? '' : `${spec.repositories} to ${setting.to.name}, ${spec.when ?? 'push'}`;
    await carryOut(work, { kind: 'replication', name: spec.name, change, detail }, async () => {
      if (policy === undefined) await createReplication(harbor, spec);
      else await updateReplication(harbor, policy.id, spec);
    });
  }
}

/** Creates preheat rules and brings them to what is wanted. */
export async function applyPreheat(work: ProjectWork): Promise<void> {
  const { harbor, settings, project } = work;
  for (const spec of settings.preheat ?? []) {
    const { name } = spec;
    if (project === undefined) {
      note(work, { kind: 'preheat', name, change: 'created', detail: '' });
      continue;
    }
    const providerId = await findProvider(harbor, project.name, spec.provider);
    const policy = (await listPreheat(harbor, project.name)).find((one) => one.name === name);
    const change = policy === undefined ? 'created' : isSamePreheat(policy, spec, providerId) ? 'unchanged' : 'updated';
    await carryOut(work, { kind: 'preheat', name, change, detail: '' }, async () => {
      if (policy === undefined) await createPreheat(harbor, project, spec, providerId);
      else await updatePreheat(harbor, project, policy.id, spec, providerId);
    });
  }
}

function replicationSpec(project: string, setting: ReplicationSetting, registryId: number): ReplicationSpec {
  const { to, name = `${project}-to-${to.name}`, repositories = '**', ...rest } = setting;
  return { ...rest, name, registryId, repositories: `${project}/${repositories}` };
}
