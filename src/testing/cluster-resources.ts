/** A kind that the test cluster serves. */
export interface ServedKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

function kind(apiVersion: string, name: string, plural: string, namespaced = true): ServedKind {
  return { apiVersion, kind: name, plural, namespaced };
}

/** What every cluster has, as far as it is asked for here. */
export const NATIVE_KINDS: readonly ServedKind[] = [
  kind('v1', 'ConfigMap', 'configmaps'),
  kind('v1', 'Event', 'events'),
  kind('v1', 'Namespace', 'namespaces', false),
  kind('v1', 'Node', 'nodes', false),
  kind('v1', 'Pod', 'pods'),
  kind('v1', 'Secret', 'secrets'),
  kind('v1', 'Service', 'services'),
  kind('apps/v1', 'Deployment', 'deployments'),
  kind('batch/v1', 'Job', 'jobs'),
  kind('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies'),
];

/** What KServe adds (0.17 and later). */
export const KSERVE_KINDS: readonly ServedKind[] = [
  kind('serving.kserve.io/v1beta1', 'InferenceService', 'inferenceservices'),
  kind('serving.kserve.io/v1alpha1', 'LLMInferenceService', 'llminferenceservices'),
  kind('serving.kserve.io/v1alpha2', 'LLMInferenceService', 'llminferenceservices'),
];

/** What JobSet and Argo Workflows add. */
export const BATCH_KINDS: readonly ServedKind[] = [
  kind('jobset.x-k8s.io/v1alpha2', 'JobSet', 'jobsets'),
  kind('argoproj.io/v1alpha1', 'Workflow', 'workflows'),
];

/** A resource, as far as the test cluster looks into it. */
export interface TestResource {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Readonly<Record<string, string>>;
    generation?: number;
    [key: string]: unknown;
  };
  [field: string]: unknown;
}

/** Every value that a resource sets, by its path (`.spec.replicas`). */
export function leavesOf(value: unknown, path = ''): Map<string, string> {
  const leaves = new Map<string, string>();
  if (typeof value !== 'object' || value === null) return leaves.set(path, JSON.stringify(value));
  for (const [name, inner] of Object.entries(value)) {
    for (const [leaf, text] of leavesOf(inner, Array.isArray(value) ? `${path}[${name}]` : `${path}.${name}`))
      leaves.set(leaf, text);
  }
  return leaves;
}

/** What is laid over what: objects field by field, everything else whole. */
export function merged(below: unknown, above: unknown): unknown {
  const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject(below) || !isObject(above)) return above;
  const result: Record<string, unknown> = { ...below };
  for (const [name, value] of Object.entries(above)) {
    result[name] = Object.hasOwn(below, name) ? merged(below[name], value) : value;
  }
  return result;
}
