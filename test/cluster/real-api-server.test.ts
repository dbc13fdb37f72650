import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { discoverCluster, planApply, waitUntilReady, type KubernetesObject } from '../../src/cluster/index.js';
import { SlipwayError } from '../../src/core/index.js';
import { DEPLOY_TARGETS, factsOfCluster, planDeployment, type ClusterFacts } from '../../src/deploy/index.js';
import { shardManifests } from '../../src/scale/index.js';
import { SERVED_MODELS } from '../deploy/served-models.js';
import { OPTIONS, PLAN } from '../scale/plan.js';
import { hasApiServer, startApiServer, type ApiServer } from './api-server.js';

// A real kube-apiserver with the definitions of KServe, JobSet and Argo: rules in CEL and defaults are its own. No
// controller runs; the test plays them by writing to the status.

if (!hasApiServer) console.warn('skipped: kube-apiserver and etcd are not installed (SLIPWAY_PEERS)');

const CLUSTERS: readonly ClusterFacts[] = [
  { kubernetes: [1, 30, 0], containerd: [1, 7, 0], kserve: [0, 16, 0] },
  { kubernetes: [1, 36, 0], crio: [1, 34, 0], kserve: [0, 21, 0] },
  { kubernetes: [1, 37, 0], containerd: [2, 4, 0], kserve: [0, 20, 0] },
];

/** Every different resource of the matrix, under a name of its own. */
function matrix(): readonly KubernetesObject[] {
  const resources = new Map<string, KubernetesObject>();
  for (const model of Object.values(SERVED_MODELS)) {
    for (const cluster of CLUSTERS) {
      for (const { name } of DEPLOY_TARGETS) {
        const options = { cluster, namespace: 'default', networkPolicy: true, pullSecrets: ['registry'], gpus: 0 };
        for (const resource of built(() => planDeployment(model, options, name).resources)) {
          resources.set(JSON.stringify(resource), resource);
        }
      }
    }
  }
  return [...resources.values()];
}

function built(make: () => readonly KubernetesObject[]): readonly KubernetesObject[] {
  try {
    return make();
  } catch (error) {
    if (SlipwayError.is(error)) return [];
    throw error;
  }
}

describe.skipIf(!hasApiServer)('a real API server', () => {
  let server: ApiServer;
  beforeAll(async () => {
    server = await startApiServer();
  }, 600_000);
  afterAll(() => server.close());

  test('accepts every manifest of the matrix in a dry run', { timeout: 600_000 }, async () => {
    const resources = matrix();
    expect(new Set(resources.map(({ kind }) => kind))).toEqual(
      new Set(['Deployment', 'InferenceService', 'LLMInferenceService', 'NetworkPolicy', 'Service']),
    );
    const { changes } = await planApply(server.connection, resources);
    expect(changes.length).toBe(resources.length);
    expect(resources.length).toBeGreaterThan(20);
  });

  test('accepts what runs the parts of a plan', async () => {
    for (const engine of ['job', 'jobset', 'argo'] as const) {
      const resources = shardManifests(PLAN, {
        ...OPTIONS,
        namespace: 'default',
        engine,
      }) as readonly KubernetesObject[];
      await planApply(server.connection, resources);
    }
  });

  test('refuses what no schema knows to be wrong, with its own words', async () => {
    const [deployment] = planDeployment(
      SERVED_MODELS['GGUF as modelcar']!,
      { namespace: 'default' },
      'deployment',
    ).resources;
    const text = JSON.stringify(deployment).replace('{"name":"model","mountPath"', '{"name":"absent","mountPath"');
    await expect(planApply(server.connection, [JSON.parse(text) as KubernetesObject])).rejects.toMatchObject({
      code: 'CLUSTER_REFUSED',
      details: { problems: [{ at: expect.stringContaining('volumeMounts[0].name') as unknown }] },
    });
    const misspelt = { ...deployment!, spec: { ...(deployment!['spec'] as object), replica: 2 } };
    await expect(planApply(server.connection, [misspelt])).rejects.toMatchObject({
      code: 'CLUSTER_REFUSED',
      details: { got: expect.stringContaining('replica') as unknown },
    });
  });

  test('is discovered, and says what it has', async () => {
    const found = await discoverCluster(server.connection);
    expect(found.kubernetes).toMatch(/^v1\./);
    expect(found.groups).toMatchObject({ 'jobset.x-k8s.io': ['v1alpha2'] });
    expect(factsOfCluster(found)).toMatchObject({ kserve: [0, 17, 0] });
  });

  test('fields that another manager has set are a conflict; applying twice changes nothing', async () => {
    const { resources } = planDeployment(SERVED_MODELS['GGUF as modelcar']!, { namespace: 'default' }, 'deployment');
    await (await planApply(server.connection, resources)).carryOut();
    expect((await planApply(server.connection, resources)).changes.map(({ change }) => change)).toEqual([
      'unchanged',
      'unchanged',
    ]);
    await server.connection.request({
      method: 'PATCH',
      path: '/apis/apps/v1/namespaces/default/deployments/tiny',
      query: { fieldManager: 'someone-else' },
      contentType: 'application/merge-patch+json',
      body: { spec: { replicas: 5 } },
    });
    await expect(planApply(server.connection, resources)).rejects.toMatchObject({
      code: 'CLUSTER_CONFLICT',
      message: 'fields of Deployment default/tiny are set by someone-else',
      details: { problems: [{ at: '.spec.replicas' }] },
    });
    const forced = await planApply(server.connection, resources, { force: true });
    expect(forced.changes[0]?.differences).toEqual([{ field: 'spec.replicas', before: '5', after: '1' }]);
  });

  test('is waited for until its controller says that it is there', async () => {
    const { resources } = planDeployment(
      SERVED_MODELS['GGUF as modelcar']!,
      { namespace: 'default', name: 'waited' },
      'deployment',
    );
    await (await planApply(server.connection, resources)).carryOut();
    const lines: string[] = [];
    let looks = 0;
    const waited = waitUntilReady(server.connection, resources, {
      timeLimit: 60_000,
      period: 50,
      now: () => (looks += 1),
      onProgress: (line) => lines.push(line),
    });
    await server.connection.request({
      method: 'PATCH',
      path: '/apis/apps/v1/namespaces/default/deployments/waited/status',
      contentType: 'application/merge-patch+json',
      body: {
        status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 },
      },
    });
    await waited;
    expect(lines.at(-1)).toBe('Deployment default/waited: 1 of 1 replicas');
  });
});
