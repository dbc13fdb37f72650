import type { Deployed } from './deployed.js';
import type { ServedModel } from './served-model.js';

/**
 * Values for a chart of the shape that `helm create` makes, with `args`, `command`, `env`, `startupProbe` and
 * `initContainers` beside. A resource of KServe has no such chart: it comes whole, as `extraObjects`.
 */
export function helmValues(
  { pod, resources, target }: Deployed,
  model: ServedModel,
): Readonly<Record<string, unknown>> {
  const [first] = resources;
  const about = { model: { artifact: model.pinned, digest: model.digest, name: model.name, target } };
  const [server] = (pod?.['containers'] ?? []) as readonly Readonly<Record<string, unknown>>[];
  if (pod === undefined || server === undefined || first === undefined) return { ...about, extraObjects: resources };
  const { image, name: _name, ports: _ports, ...container } = server;
  const { containers: _containers, securityContext, automountServiceAccountToken, ...rest } = pod;
  const spec = first['spec'] as { readonly replicas?: number };
  return {
    ...about,
    ...rest,
    ...container,
    image: imageOf(String(image)),
    autoscaling: { enabled: false },
    fullnameOverride: first.metadata.name,
    podAnnotations: first.metadata.annotations,
    podLabels: first.metadata.labels,
    podSecurityContext: securityContext,
    replicaCount: spec.replicas ?? 1,
    service: { type: 'ClusterIP', port: 80, targetPort: 'http' },
    serviceAccount: { automount: automountServiceAccountToken, create: false },
  };
}

function imageOf(image: string): Readonly<Record<string, string>> {
  const [name = '', digest] = image.split('@');
  const colon = name.lastIndexOf(':');
  const hasTag = colon > name.lastIndexOf('/');
  return {
    pullPolicy: 'IfNotPresent',
    repository: hasTag ? name.slice(0, colon) : name,
    ...(hasTag && { tag: name.slice(colon + 1) }),
    ...(digest !== undefined && { digest }),
  };
}
