import {
  askService,
  planApply,
  waitUntilReady,
  type ResourceChange,
  type ClusterConnection,
  type ServedReply,
} from '../../cluster/index.js';
import { parseDuration, SlipwayError, type RunContext } from '../../core/index.js';
import type { PlannedDeployment } from './planned-deployment.js';
import type { DeployStageOptions } from '../options/index.js';

/** A deployment that is in a cluster. */
export interface AppliedDeployment {
  readonly cluster: { readonly address: string; readonly context: string; readonly namespace: string };
  readonly changes: readonly ResourceChange[];
  /** False for a dry run alone. */
  readonly applied: boolean;
  /** It was waited for. */
  readonly ready: boolean;
  /** What the served model answered. */
  readonly reply?: ServedReply;
}

/** How applying tells what it does. */
export interface ApplyStory {
  /** Everything that would change, before it does. */
  onPlan(changes: readonly ResourceChange[]): void;
  onProgress(line: string): void;
}

/** Longer than a large image takes to be pulled. */
const PATIENCE = 15 * 60_000;

/**
 * Applies a deployment: dry run on the server, then what was tried, then waiting and one request where that is asked for.
 * Throws what `planApply` and `waitUntilReady` throw, and `USAGE` for a target that is no cluster's.
 */
export async function applyDeployment(
  { deployed, model, cluster }: PlannedDeployment,
  options: DeployStageOptions & { readonly dryRun?: boolean | undefined },
  context: RunContext,
  story: ApplyStory,
): Promise<AppliedDeployment> {
  const connection = requireCluster(cluster, deployed.target, deployed.resources.length);
  const { resources, endpoint, server } = deployed;
  const namespace = options.namespace ?? connection.namespace;
  const plan = await planApply(connection, resources, { force: options.forceConflicts, signal: context.signal });
  story.onPlan(plan.changes);
  const facts = { address: connection.address, context: connection.context, namespace };
  if (options.dryRun === true) return { cluster: facts, changes: plan.changes, applied: false, ready: false };
  await plan.carryOut();
  const applied = { cluster: facts, changes: plan.changes, applied: true };
  if (options.wait !== true && options.smoke !== true) return { ...applied, ready: false };
  await waitUntilReady(connection, resources, {
    timeLimit: timeLimitOf(options, server?.loadSeconds),
    signal: context.signal,
    now: context.now,
    onProgress: story.onProgress,
  });
  if (options.smoke !== true || endpoint === undefined) return { ...applied, ready: true };
  story.onProgress(`asking ${endpoint.service} in ${namespace}`);
  const reply = await askService(connection, {
    namespace,
    ...endpoint,
    task: model.task,
    chat: model.chatTemplate,
    model: model.name,
    signal: context.signal,
  });
  return { ...applied, ready: true, reply };
}

function requireCluster(cluster: ClusterConnection | undefined, target: string, resources: number): ClusterConnection {
  if (resources === 0) {
    throw new SlipwayError('USAGE', `the target ${target} is no cluster's: there is nothing to apply`, {
      try: 'leave --apply out',
    });
  }
  if (cluster !== undefined) return cluster;
  throw new SlipwayError('INTERNAL', 'a deployment is applied without a cluster');
}

/** Milliseconds to wait: as asked for, else as long as a pull and the loading may take. */
export function timeLimitOf({ waitTimeout }: Pick<DeployStageOptions, 'waitTimeout'>, loadSeconds = 0): number {
  return (waitTimeout === undefined ? undefined : parseDuration(waitTimeout)) ?? PATIENCE + loadSeconds * 1000;
}
