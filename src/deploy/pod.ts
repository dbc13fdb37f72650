import { checkedSecret } from './naming.js';
import type { DeployOptions } from './deployment-request.js';
import type { ServerPlan } from './server.js';
import { CONTAINER_SECURITY, mebibytes, USER_ID, type ModelStorage } from './storage.js';

/** Every how many seconds a probe asks. */
const PERIOD = 10;

/** The server's container. `name` and `mounts` are the target's. */
export function serverContainer(
  server: ServerPlan,
  name: string,
  mounts: readonly Readonly<Record<string, unknown>>[],
): Readonly<Record<string, unknown>> {
  const shared = server.sharedMemory === undefined ? [] : [{ name: 'shared-memory', mountPath: '/dev/shm' }];
  return {
    name,
    image: server.image,
    ...(server.command !== undefined && { command: server.command }),
    args: server.args,
    env: environmentOf(server),
    ports: [{ containerPort: server.port, name: 'http', protocol: 'TCP' }],
    resources: resourcesOf(server),
    securityContext: CONTAINER_SECURITY,
    ...probesOf(server),
    volumeMounts: [...mounts, { name: 'tmp', mountPath: '/tmp' }, ...shared],
  };
}

/** Variables, by name. */
export function environmentOf({ env }: ServerPlan): readonly { readonly name: string; readonly value: string }[] {
  return Object.entries(env)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ name, value }));
}

/** Requests and limits, from the numbers that the arguments come from. */
export function resourcesOf({ cpus, gpus, memory }: ServerPlan): Readonly<Record<string, unknown>> {
  const accelerator = gpus > 0 ? { 'nvidia.com/gpu': String(gpus) } : {};
  return {
    requests: { cpu: String(cpus), memory: mebibytes(memory.request), ...accelerator },
    limits: { memory: mebibytes(memory.limit), ...accelerator },
  };
}

/** Probes that wait as long as the weights need to be loaded. */
export function probesOf({ health, loadSeconds }: ServerPlan): Readonly<Record<string, unknown>> {
  const httpGet = { path: health, port: 'http' };
  return {
    startupProbe: {
      httpGet,
      periodSeconds: PERIOD,
      failureThreshold: Math.ceil(loadSeconds / PERIOD),
      timeoutSeconds: 5,
    },
    readinessProbe: { httpGet, periodSeconds: PERIOD, failureThreshold: 3, timeoutSeconds: 5 },
    livenessProbe: { httpGet, periodSeconds: 30, failureThreshold: 4, timeoutSeconds: 10 },
  };
}

/** Scratch space that every server has: its own file system cannot be written. */
export function scratchVolumes(server: ServerPlan): readonly Readonly<Record<string, unknown>>[] {
  const shared = server.sharedMemory;
  return [
    { name: 'tmp', emptyDir: { sizeLimit: server.kind === 'vllm' ? '8Gi' : '1Gi' } },
    ...(shared === undefined
      ? []
      : [{ name: 'shared-memory', emptyDir: { medium: 'Memory', sizeLimit: mebibytes(shared) } }]),
  ];
}

/** What holds for the whole pod: no identity in the cluster, no privilege, a user that is not root. */
export function podSecurity(options: DeployOptions): Readonly<Record<string, unknown>> {
  const secrets = (options.pullSecrets ?? []).map((name) => ({ name: checkedSecret(name) }));
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...(secrets.length > 0 && { imagePullSecrets: secrets }),
    securityContext: {
      fsGroup: USER_ID,
      runAsGroup: USER_ID,
      runAsNonRoot: true,
      runAsUser: USER_ID,
      seccompProfile: { type: 'RuntimeDefault' },
    },
  };
}

/** A pod that serves the model. */
export function podSpec(
  server: ServerPlan,
  storage: ModelStorage,
  options: DeployOptions,
): Readonly<Record<string, unknown>> {
  return {
    ...podSecurity(options),
    ...(storage.initContainers.length > 0 && { initContainers: storage.initContainers }),
    containers: [serverContainer(server, 'server', storage.mounts)],
    terminationGracePeriodSeconds: 60,
    volumes: [...storage.volumes, ...scratchVolumes(server)],
  };
}
