import type { Deployed } from './deployed.js';
import type { KubernetesObject } from '../cluster/index.js';
import { metadataOf, selectorOf } from './naming.js';
import type { DeployOptions } from './deployment-request.js';
import { podSpec } from './pod.js';
import type { ServerPlan } from './server.js';
import type { ServedModel } from './served-model.js';
import type { ModelStorage } from './storage.js';

/** What each way of storage needs of the cluster. */
const NEEDS: Readonly<Record<ModelStorage['how'], readonly string[]>> = {
  'image-volume': ['Kubernetes 1.35 (1.33 with the feature gate ImageVolume)', 'containerd 2.1 or CRI-O 1.31'],
  'artifact-volume': ['Kubernetes 1.35 (1.33 with the feature gate ImageVolume)', 'CRI-O 1.33'],
  init: ['Kubernetes 1.25', "this tool's image where the cluster pulls"],
};

/** A Deployment of a server with its Service, and a NetworkPolicy on request. */
export function workload(
  target: string,
  model: ServedModel,
  parts: { readonly server: ServerPlan; readonly storage: ModelStorage },
  options: DeployOptions,
): Deployed {
  const { server, storage } = parts;
  const metadata = metadataOf(model, options);
  const selector = selectorOf(metadata.name);
  const pod = podSpec(server, storage, options);
  const deployment: KubernetesObject = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: {
      // The model is loaded before an old server goes; a GPU may not be there twice.
      strategy:
        server.gpus > 0
          ? { type: 'Recreate' }
          : { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      replicas: options.replicas ?? 1,
      progressDeadlineSeconds: Math.max(600, server.loadSeconds * 2),
      selector: { matchLabels: selector },
      template: { metadata: { labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {} }, spec: pod },
    },
  };
  const service: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { type: 'ClusterIP', selector, ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 'http' }] },
  };
  return {
    target,
    resources: [
      deployment,
      service,
      ...(options.networkPolicy === true ? [networkPolicy(model, server, storage, options)] : []),
    ],
    files: {},
    reasons: [...storage.reasons, ...server.reasons],
    warnings: [...storage.warnings, ...server.warnings],
    needs: NEEDS[storage.how],
    server,
    endpoint: { service: metadata.name, port: 'http' },
    pod,
  };
}

/** Requests come in from the namespace; nothing goes out, but where an init container has to pull. */
function networkPolicy(
  model: ServedModel,
  server: ServerPlan,
  storage: ModelStorage,
  options: DeployOptions,
): KubernetesObject {
  const metadata = metadataOf(model, options);
  const dns = [
    { port: 53, protocol: 'UDP' },
    { port: 53, protocol: 'TCP' },
  ];
  const registryPort = Number(/:(\d+)\//.exec(model.repository)?.[1] ?? 443);
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata,
    spec: {
      podSelector: { matchLabels: selectorOf(metadata.name) },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [{ podSelector: {} }], ports: [{ port: server.port, protocol: 'TCP' }] }],
      egress: storage.how === 'init' ? [{ ports: dns }, { ports: [{ port: registryPort, protocol: 'TCP' }] }] : [],
    },
  };
}
