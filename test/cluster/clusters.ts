import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openCluster, type ClusterConnection } from '../../src/cluster/index.js';
import {
  startTestCluster,
  type TestCluster,
  type TestClusterOptions,
  type TestResource,
} from '../../src/testing/index.js';

/** A cluster for one test, the path of its kubeconfig, and a connection. */
export async function cluster(
  options: TestClusterOptions = {},
): Promise<{ server: TestCluster; path: string; connection: ClusterConnection }> {
  const server = await startTestCluster(options);
  onTestFinished(async () => server.close());
  const path = join(mkdtempSync(join(tmpdir(), 'kubeconfig-')), 'config');
  writeFileSync(path, server.kubeconfig);
  return { server, path, connection: await openCluster({ kubeconfig: path, env: {} }) };
}

/** A node that takes pods. */
export function node(name: string, runtime: string, allocatable: Readonly<Record<string, string>>): TestResource {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    spec: {},
    status: {
      allocatable,
      conditions: [{ type: 'Ready', status: 'True' }],
      nodeInfo: {
        architecture: 'amd64',
        containerRuntimeVersion: runtime,
        kubeletVersion: 'v1.36.2',
        operatingSystem: 'linux',
      },
    },
  };
}

/** What KServe leaves in a cluster: its controller and its settings. */
export function kserve(version: string, initializer: object): readonly TestResource[] {
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: {
        name: 'kserve-controller-manager',
        namespace: 'kserve',
        labels: { 'control-plane': 'kserve-controller-manager' },
      },
      spec: {
        template: { spec: { containers: [{ name: 'manager', image: `kserve/kserve-controller:v${version}` }] } },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'inferenceservice-config', namespace: 'kserve' },
      data: {
        deploy: '{"defaultDeploymentMode":"Standard"}',
        storageInitializer: JSON.stringify({ image: `kserve/storage-initializer:v${version}`, ...initializer }),
      },
    },
  ];
}
