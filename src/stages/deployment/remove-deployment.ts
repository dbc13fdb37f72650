import { SlipwayError, type RunContext } from '../../core/index.js';
import {
  findLabelled,
  openCluster,
  removeResource,
  textOf,
  waitUntilGone,
  type LocatedResource,
} from '../../cluster/index.js';
import { checkedLabel, checkedNamespace, defaultName } from '../../deploy/index.js';
import { parseReference } from '../../registry/index.js';
import { timeLimitOf } from './apply-deployment.js';
import type { DeployStageOptions } from '../options/index.js';

/** What was deleted. */
export interface RemovedDeployment {
  readonly cluster: { readonly address: string; readonly context: string; readonly namespace: string };
  /** `Deployment models/tiny`. */
  readonly removed: readonly string[];
  readonly applied: boolean;
}

/** Kinds that a deployment is made of, what serves first. */
const KINDS: readonly { readonly apiVersion: string; readonly kind: string }[] = [
  { apiVersion: 'serving.kserve.io/v1beta1', kind: 'InferenceService' },
  { apiVersion: 'serving.kserve.io/v1alpha2', kind: 'LLMInferenceService' },
  { apiVersion: 'serving.kserve.io/v1alpha1', kind: 'LLMInferenceService' },
  { apiVersion: 'apps/v1', kind: 'Deployment' },
  { apiVersion: 'v1', kind: 'Service' },
  { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
  { apiVersion: 'v1', kind: 'Secret' },
];

export interface RemoveStory {
  onPlan(ids: readonly string[]): void;
  onProgress(line: string): void;
}

/**
 * Deletes what was applied for an artifact: resources that carry this tool's label and the deployment's name. Nothing is
 * read from the registry: the artifact may be gone. Throws `CLUSTER_REFUSED` when another digest or repository is served
 * under that name than the reference says.
 */
export async function removeDeployment(
  reference: string,
  options: DeployStageOptions & { readonly dryRun?: boolean | undefined },
  context: RunContext,
  story: RemoveStory,
): Promise<RemovedDeployment> {
  const { kubeconfig, context: name, namespace: wanted } = options;
  const connection = await openCluster({
    kubeconfig,
    context: name,
    env: context.env,
    insecureHosts: context.network.insecureHosts,
    offline: context.network.offline,
  });
  const namespace = wanted === undefined ? connection.namespace : checkedNamespace(wanted);
  const selector = `app.kubernetes.io/managed-by=slipway,app.kubernetes.io/name=${nameFor(reference, options)}`;
  const found = await findLabelled(connection, { kinds: KINDS, namespace, selector, signal: context.signal });
  requireSameModel(reference, options, found);
  const unique = [...new Map(found.map(({ at }) => [`${at.kind} ${at.name}`, at])).values()];
  const removed = unique.map(({ id }) => id);
  story.onPlan(removed);
  const cluster = { address: connection.address, context: connection.context, namespace };
  if (options.dryRun === true) return { cluster, removed, applied: false };
  for (const at of unique) await removeResource(connection, at, context.signal);
  if (options.wait === true) {
    await waitUntilGone(connection, unique, {
      timeLimit: timeLimitOf(options),
      signal: context.signal,
      now: context.now,
      onProgress: story.onProgress,
    });
  }
  return { cluster, removed, applied: true };
}

/** The name that a deployment of the reference has. */
function nameFor(reference: string, { name, pullFrom }: DeployStageOptions): string {
  if (name !== undefined) return checkedLabel(name, '--name');
  const repository = pullFrom ?? repositoryOf(reference);
  return defaultName(repository.slice(repository.lastIndexOf('/') + 1));
}

function repositoryOf(reference: string): string {
  const parsed = parseReference(reference);
  return parsed.kind === 'registry'
    ? `${parsed.host}/${parsed.repository}`
    : reference.replace(/@sha256:[0-9a-f]{64}$/, '').replace(/:[^:/]*$/, '');
}

/** What serves another model under the same name stays. */
function requireSameModel(
  reference: string,
  { name, pullFrom }: DeployStageOptions,
  found: readonly { readonly at: LocatedResource; readonly body: unknown }[],
): void {
  const { digest } = parseReference(reference);
  const repository = pullFrom ?? repositoryOf(reference);
  for (const { at, body } of found) {
    const artifact = textOf(body, 'metadata', 'annotations', 'dev.slipway.artifact');
    if (artifact === undefined) continue;
    const [served, pinned] = artifact.split('@');
    if (served === repository && (digest === undefined || digest === pinned)) continue;
    throw new SlipwayError('CLUSTER_REFUSED', `${at.id} serves another artifact`, {
      got: `there ${artifact}, asked for ${reference.replace(/^oci:\/\//, '')}`,
      kept: 'nothing was deleted',
      try: [`pipeline deploy ${artifact} --delete${name === undefined ? '' : ` --name ${name}`}`],
    });
  }
}
