import { expect, test } from 'vitest';
import { discoverCluster } from '../../src/cluster/index.js';
import { factsOfCluster } from '../../src/deploy/index.js';
import { cluster, kserve, node } from './clusters.js';

test('the oldest runtime counts, and the largest node', async () => {
  const closed = node('closed', 'containerd://1.6.0', { memory: '512Gi' });
  const { connection, server } = await cluster({
    kserve: true,
    resources: [
      node('a', 'containerd://2.1.4', { memory: '16Gi', 'nvidia.com/gpu': '2' }),
      node('b', 'containerd://2.0.1', { memory: '65537Mi' }),
      { ...closed, spec: { unschedulable: true } },
      ...kserve('0.20.0', { enableModelcar: true, ociModelMode: 'native' }),
    ],
  });
  const found = await discoverCluster(connection);
  const facts = factsOfCluster(found);
  expect(facts).toMatchObject({
    kubernetes: [1, 36, 2],
    containerd: [2, 0, 1],
    crio: undefined,
    kserve: [0, 20, 0],
    kserveModelcar: true,
    nodeMemory: 65_537 * 2 ** 20,
    nodeGpus: 2,
    architectures: ['amd64'],
  });
  expect(found.kserve).toMatchObject({
    ociModelMode: 'native',
    deploymentMode: 'Standard',
    from: "its controller's image",
  });
  expect(found.groups['serving.kserve.io']).toEqual(['v1beta1', 'v1alpha1', 'v1alpha2']);
  expect(server.calls.every(({ method }) => method === 'GET')).toBe(true);
});

test('an account that may read little is told what is not known', async () => {
  const { connection, server } = await cluster({ kserve: true });
  const forbidden = { status: 403, body: { kind: 'Status', message: 'nodes is forbidden' } };
  server.answer(({ path }) => (/nodes|configmaps|deployments/.test(path) ? forbidden : undefined));
  const facts = factsOfCluster(await discoverCluster(connection));
  expect(facts).toMatchObject({ kubernetes: [1, 36, 2], containerd: undefined, kserve: [0, 17, 0] });
  expect(facts.notes?.join('\n')).toContain('not known: nodes: nodes is forbidden');
  expect(facts.nodeMemory).toBeUndefined();
});

test('a gate that is on is found where it matters', async () => {
  const metrics = 'kubernetes_feature_enabled{name="ImageVolume",stage="BETA"} 1\n';
  const old = await cluster({ version: 'v1.34.1', metrics });
  expect((await discoverCluster(old.connection)).featureGates).toEqual(['ImageVolume']);
  const recent = await cluster({ metrics });
  expect((await discoverCluster(recent.connection)).featureGates).toEqual([]);
  expect(recent.server.calls.map(({ path }) => path)).not.toContain('/metrics');
});

test('what is no cluster is told', async () => {
  const { connection, server } = await cluster();
  server.answer(() => ({ status: 200, body: '<html>' }));
  await expect(discoverCluster(connection)).rejects.toMatchObject({
    code: expect.stringMatching(/^CLUSTER_/) as unknown,
  });
});
