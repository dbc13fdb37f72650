import type { ShardPlan } from './shard-plan.js';

/** A Kubernetes resource: plain data. */
export type Resource = Readonly<Record<string, unknown>>;

/** How the parts of a plan run on a cluster. */
export interface ManifestOptions {
  /** Of the resources; made of the plan's digest unless given. */
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  /** Image of this tool. */
  readonly image: string;
  /** What Kubernetes runs the parts as: two Jobs unless given. */
  readonly engine?: 'job' | 'jobset' | 'argo' | undefined;
  /** A LocalQueue of Kueue. */
  readonly queue?: string | undefined;
  /** Secret with the key `token`: for the Hub. */
  readonly hubSecret?: string | undefined;
  /** Secret of type `kubernetes.io/dockerconfigjson`: for the registry. */
  readonly registrySecret?: string | undefined;
  readonly cpus?: number | undefined;
  /** Parts at the same time; all unless given. */
  readonly parallelism?: number | undefined;
  /** File name and text of the configuration. */
  readonly config: { readonly name: string; readonly text: string };
}

/** Exit codes that another try cannot mend: usage, configuration, not found, access, integrity, unsupported, refused, a gate not passed (docs/errors.md). */
export const FINAL_EXIT_CODES: readonly number[] = [2, 3, 4, 5, 7, 9, 11, 12];
const CONTAINER = 'slipway';
const FOLDER = '/etc/slipway';
const SECRETS = '/var/run/secrets/registry';
const DAY = 86_400;
const USER = 65_532;
/** The run's own limit of 256 MiB, the threads' and Node's. */
const MEMORY = '1Gi';

/**
 * What runs a plan on Kubernetes: an Indexed Job that repeats a part alone when its node is lost and gives it up when its
 * exit code says that nothing would change, and what finishes when all are done. Pure.
 */
export function shardManifests(plan: ShardPlan, options: ManifestOptions): readonly Resource[] {
  const name = options.name ?? `shard-${plan.digest.slice('sha256:'.length, 'sha256:'.length + 12)}`;
  const files = configMap(name, plan, options);
  if (options.engine === 'argo') return [files, workflow(name, plan, options)];
  if (options.engine === 'jobset') return [files, jobSet(name, plan, options)];
  return [
    files,
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: metadata(`${name}-parts`, plan, options),
      spec: partsJob(name, plan, options),
    },
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: metadata(`${name}-finish`, plan, options),
      // Without a controller that knows of both, the last step waits for the receipts of the parts.
      spec: finishJob(name, options, ['--wait', '24h']),
    },
  ];
}

function metadata(name: string, plan: ShardPlan, { namespace, queue }: ManifestOptions): Resource {
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    labels: {
      'app.kubernetes.io/managed-by': 'slipway',
      'app.kubernetes.io/name': 'slipway-shard',
      ...(queue !== undefined && { 'kueue.x-k8s.io/queue-name': queue }),
    },
    annotations: { 'dev.slipway.plan': plan.digest, 'dev.slipway.target': plan.target },
  };
}

function configMap(name: string, plan: ShardPlan, options: ManifestOptions): Resource {
  const { queue: _queue, ...rest } = options;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadata(name, plan, rest),
    immutable: true,
    data: { 'plan.json': `${JSON.stringify(plan, null, 2)}\n`, [options.config.name]: options.config.text },
  };
}

function partsJob(name: string, plan: ShardPlan, options: ManifestOptions): Resource {
  return {
    completionMode: 'Indexed',
    completions: plan.parts,
    parallelism: Math.min(plan.parts, options.parallelism ?? plan.parts),
    backoffLimitPerIndex: 3,
    // One part that cannot be done does not stop the others: only it is left to repeat.
    maxFailedIndexes: plan.parts,
    podFailurePolicy: {
      rules: [
        { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
        {
          action: 'FailIndex',
          onExitCodes: { containerName: CONTAINER, operator: 'In', values: [...FINAL_EXIT_CODES] },
        },
      ],
    },
    ttlSecondsAfterFinished: DAY,
    ...(options.queue !== undefined && options.engine !== 'jobset' && { suspend: true }),
    template: { spec: podSpec(name, options, ['shard', 'run', `${FOLDER}/plan.json`]) },
  };
}

function finishJob(name: string, options: ManifestOptions, more: readonly string[]): Resource {
  return {
    backoffLimit: 3,
    podFailurePolicy: {
      rules: [
        { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
        { action: 'FailJob', onExitCodes: { containerName: CONTAINER, operator: 'In', values: [...FINAL_EXIT_CODES] } },
      ],
    },
    ttlSecondsAfterFinished: DAY,
    ...(options.queue !== undefined && options.engine !== 'jobset' && { suspend: true }),
    template: { spec: podSpec(name, { ...options, cpus: 1 }, ['shard', 'finish', `${FOLDER}/plan.json`, ...more]) },
  };
}

function podSpec(name: string, options: ManifestOptions, args: readonly string[]): Resource {
  return {
    automountServiceAccountToken: false,
    containers: [{ name: CONTAINER, ...container(options, args) }],
    enableServiceLinks: false,
    restartPolicy: 'Never',
    securityContext: {
      fsGroup: USER,
      runAsGroup: USER,
      runAsNonRoot: true,
      runAsUser: USER,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    volumes: volumes(name, options),
  };
}

function container({ image, hubSecret, registrySecret, cpus = 4 }: ManifestOptions, args: readonly string[]): Resource {
  return {
    image,
    args,
    env: [
      ...(registrySecret === undefined ? [] : [{ name: 'DOCKER_CONFIG', value: SECRETS }]),
      ...(hubSecret === undefined
        ? []
        : [{ name: 'HF_TOKEN', valueFrom: { secretKeyRef: { name: hubSecret, key: 'token' } } }]),
      { name: 'HOME', value: '/tmp' },
      { name: 'PIPELINE_HOME', value: '/tmp/pipeline' },
      { name: 'PIPELINE_PROGRESS', value: 'plain' },
      { name: 'PIPELINE_THREADS', value: String(cpus) },
    ],
    resources: { requests: { cpu: String(cpus), memory: MEMORY }, limits: { memory: '2Gi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      privileged: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
    },
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [
      { name: 'plan', mountPath: FOLDER, readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
      ...(registrySecret === undefined ? [] : [{ name: 'registry', mountPath: SECRETS, readOnly: true }]),
    ],
  };
}

function volumes(name: string, { registrySecret }: ManifestOptions): readonly Resource[] {
  return [
    { name: 'plan', configMap: { name } },
    { name: 'tmp', emptyDir: { sizeLimit: '1Gi' } },
    ...(registrySecret === undefined
      ? []
      : [
          {
            name: 'registry',
            secret: { secretName: registrySecret, items: [{ key: '.dockerconfigjson', path: 'config.json' }] },
          },
        ]),
  ];
}

function jobSet(name: string, plan: ShardPlan, options: ManifestOptions): Resource {
  return {
    apiVersion: 'jobset.x-k8s.io/v1alpha2',
    kind: 'JobSet',
    metadata: metadata(name, plan, options),
    spec: {
      replicatedJobs: [
        { name: 'parts', replicas: 1, template: { spec: partsJob(name, plan, options) } },
        {
          name: 'finish',
          replicas: 1,
          dependsOn: [{ name: 'parts', status: 'Complete' }],
          template: { spec: finishJob(name, options, []) },
        },
      ],
      ...(options.queue !== undefined && { suspend: true }),
      ttlSecondsAfterFinished: DAY,
    },
  };
}

function workflow(name: string, plan: ShardPlan, options: ManifestOptions): Resource {
  const never = FINAL_EXIT_CODES.map((code) => `asInt(lastRetry.exitCode) != ${code}`).join(' && ');
  const retryStrategy = {
    limit: '3',
    retryPolicy: 'Always',
    expression: never,
    backoff: { duration: '30s', factor: '2' },
  };
  const run = ['shard', 'run', `${FOLDER}/plan.json`, '--index', '{{inputs.parameters.index}}'];
  const {
    containers: _containers,
    volumes: own,
    restartPolicy: _restart,
    enableServiceLinks: _links,
    ...pod
  } = podSpec(name, options, []);
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Workflow',
    metadata: metadata(name, plan, options),
    spec: {
      ...pod,
      entrypoint: 'shards',
      parallelism: Math.min(plan.parts, options.parallelism ?? plan.parts),
      ttlStrategy: { secondsAfterCompletion: DAY },
      ...(options.queue !== undefined && { suspend: true }),
      volumes: own,
      templates: [
        {
          name: 'shards',
          steps: [
            [
              {
                name: 'part',
                template: 'part',
                arguments: { parameters: [{ name: 'index', value: '{{item}}' }] },
                withSequence: { count: String(plan.parts) },
              },
            ],
            [{ name: 'finish', template: 'finish' }],
          ],
        },
        {
          name: 'part',
          inputs: { parameters: [{ name: 'index' }] },
          container: container(options, run),
          retryStrategy,
        },
        {
          name: 'finish',
          container: container({ ...options, cpus: 1 }, ['shard', 'finish', `${FOLDER}/plan.json`]),
          retryStrategy,
        },
      ],
    },
  };
}
