import { clusterError } from './api-error.js';
import type { ClusterAnswer, ClusterConnection } from './cluster-connection.js';
import { listOf, textOf } from './fields.js';
import { findKserve, type KserveFound } from './find-kserve.js';
import { reasonOf } from './kinds.js';
import { nodeFacts, type NodeFacts } from './nodes.js';

/** What a cluster is and has, as it says itself. Nothing is changed by finding it out. */
export interface DiscoveredCluster {
  readonly address: string;
  readonly context: string;
  readonly namespace: string;
  /** `v1.36.2`. */
  readonly kubernetes: string | undefined;
  /** Versions of the groups that matter here: `serving.kserve.io: v1beta1, v1alpha1`. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly kserve: KserveFound | undefined;
  readonly nodes: readonly NodeFacts[];
  /** Gates that are on in the API server and are off by default in its version. */
  readonly featureGates: readonly string[];
  /** What could not be read, and why. */
  readonly unknown: readonly string[];
}

/** Groups of resources that a deployment or a sharded run can be made of. */
const GROUPS: readonly string[] = [
  'serving.kserve.io',
  'jobset.x-k8s.io',
  'kueue.x-k8s.io',
  'argoproj.io',
  'gateway.networking.k8s.io',
];

/** Asks a cluster for its version, its resources, KServe's settings, and its nodes. Throws what a failed first request throws. */
export async function discoverCluster(connection: ClusterConnection, signal?: AbortSignal): Promise<DiscoveredCluster> {
  const unknown: string[] = [];
  const version = await required(connection, '/version', signal);
  const kubernetes = textOf(version.body, 'gitVersion');
  const groups = groupsOf((await required(connection, '/apis', signal)).body);
  const nodes = await connection.request({ method: 'GET', path: '/api/v1/nodes', signal });
  if (nodes.status !== 200) unknown.push(`nodes: ${reasonOf(nodes)}`);
  const kserve = groups['serving.kserve.io'] === undefined ? undefined : await findKserve(connection, unknown, signal);
  return {
    address: connection.address,
    context: connection.context,
    namespace: connection.namespace,
    kubernetes,
    groups,
    kserve,
    nodes: nodes.status === 200 ? listOf(nodes.body, 'items').map(nodeFacts) : [],
    featureGates: await gatesOf(connection, kubernetes, unknown, signal),
    unknown,
  };
}

async function required(
  connection: ClusterConnection,
  path: string,
  signal: AbortSignal | undefined,
): Promise<ClusterAnswer> {
  const answer = await connection.request({ method: 'GET', path, signal });
  if (answer.status === 200 && typeof answer.body === 'object') return answer;
  throw clusterError(connection, answer, { about: path, absent: ['an address of a Kubernetes API server'] });
}

function groupsOf(body: unknown): Readonly<Record<string, readonly string[]>> {
  const found: Record<string, readonly string[]> = {};
  for (const group of listOf(body, 'groups')) {
    const name = textOf(group, 'name') ?? '';
    if (!GROUPS.includes(name)) continue;
    found[name] = listOf(group, 'versions').map((row) => textOf(row, 'version') ?? '');
  }
  return found;
}

/** Image volumes are off by default in these two versions, and the API server's metrics say what is on. */
async function gatesOf(
  connection: ClusterConnection,
  version: string | undefined,
  unknown: string[],
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  if (!/^v?1\.3[34]\b/.test(version ?? '')) return [];
  const answer = await connection.request({ method: 'GET', path: '/metrics', signal });
  if (answer.status !== 200 || typeof answer.body !== 'string') {
    unknown.push(`feature gates: ${reasonOf(answer)}`);
    return [];
  }
  return /^kubernetes_feature_enabled\{[^}]*name="ImageVolume"[^}]*\} 1\b/m.test(answer.body) ? ['ImageVolume'] : [];
}
