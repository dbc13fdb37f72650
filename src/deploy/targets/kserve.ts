import type { ClusterFacts } from '../cluster-facts.js';
import type { Deployed, DeployTarget } from '../deployed.js';
import type { KubernetesObject } from '../../cluster/index.js';
import { llamaServer } from '../llama-server.js';
import { childLabel, metadataOf } from '../naming.js';
import type { DeployOptions } from '../deployment-request.js';
import { environmentOf, podSecurity, probesOf, resourcesOf, scratchVolumes } from '../pod.js';
import { cannotDeploy } from '../refuse.js';
import type { ServedModel } from '../served-model.js';
import type { ServerPlan } from '../server.js';
import { CONTAINER_SECURITY, imageVolumes, MODEL_DIRECTORY, repackageCommand } from '../storage.js';
import { atLeast, versionText, type Version } from '../platform-version.js';
import { vllmServer } from '../vllm.js';

/** How KServe gets the files of an image. */
export interface KserveSource {
  readonly mode: 'native' | 'fetch' | 'modelcar';
  readonly uri: string;
  readonly because: string;
  readonly needs: readonly string[];
}

const NATIVE: Version = [0, 20, 0];
const FETCH: Version = [0, 21, 0];
const MODELCAR: Version = [0, 12, 0];

/**
 * Which of KServe's ways to an image works on this cluster (KServe's sources at v0.20 and later): a volume of Kubernetes,
 * KServe's own fetch, or the sidecar that runs the image and needs a shell in it. Throws `USAGE` when none does.
 */
export function kserveSource(
  target: string,
  model: ServedModel,
  options: DeployOptions,
  canFetch: boolean,
): KserveSource {
  const cluster = options.cluster ?? {};
  const reference = options.reference ?? model.pinned;
  if (model.format !== 'modelcar') {
    throw cannotDeploy(
      target,
      `KServe wants an image with /models, and the artifact is ${model.format} (${model.shape})`,
      [repackageCommand(reference), '--target init'],
    );
  }
  const kserve = cluster.kserve ?? FETCH;
  const volumes = imageVolumes(model, cluster, options);
  if (atLeast(kserve, NATIVE) && volumes.ok) return native(model, volumes.because, cluster);
  if (canFetch && atLeast(kserve, FETCH)) return fetched(model, cluster, volumes.ok ? '' : volumes.reason);
  const isOn = cluster.kserveModelcar !== false;
  if (model.hasShell && isOn && atLeast(kserve, MODELCAR)) return sidecar(model, cluster);
  const why = refusal(kserve, volumes.ok ? undefined : volumes.reason, model.hasShell);
  throw cannotDeploy(target, `${why}${isOn ? '' : "; oci:// is off in KServe's settings"}`, [
    ...(isOn ? [] : ['enableModelcar: true in the ConfigMap inferenceservice-config']),
    ...(model.hasShell ? [] : [`${repackageCommand(reference)} --modelcar-base docker.io/library/busybox:musl`]),
    atLeast(kserve, NATIVE)
      ? 'Kubernetes 1.35 with containerd 2.1'
      : 'KServe 0.20 with Kubernetes 1.35 and containerd 2.1',
    ...(canFetch && !atLeast(kserve, FETCH) ? ['KServe 0.21'] : []),
    '--target init',
  ]);
}

function refusal(kserve: Version, volumes: string | undefined, hasShell: boolean): string {
  const version = `KServe ${versionText(kserve)}`;
  if (!atLeast(kserve, MODELCAR)) return `${version} reads no images; 0.12 does`;
  const first = atLeast(kserve, NATIVE)
    ? (volumes ?? '')
    : `${version} has no oci+native (0.20) and no oci+fetch (0.21)`;
  return hasShell ? first : `${first}; its sidecar needs a shell in the image, and this one has none`;
}

function native({ pinned }: ServedModel, because: string, { kserve }: ClusterFacts): KserveSource {
  return {
    mode: 'native',
    uri: `oci+native://${pinned}`,
    because: `oci+native: an image volume, no copy and no sidecar; ${because}${kserve === undefined ? '; assumes KServe 0.20 or later' : ''}`,
    needs: ['KServe 0.20', 'Kubernetes 1.35 (1.33 with the feature gate ImageVolume)', 'containerd 2.1 or CRI-O 1.31'],
  };
}

function fetched({ pinned }: ServedModel, { kserve }: ClusterFacts, why: string): KserveSource {
  return {
    mode: 'fetch',
    uri: `oci+fetch://${pinned}`,
    because: `oci+fetch: KServe's init container copies the files${why === '' ? '' : `, since ${why}`}${kserve === undefined ? '; assumes KServe 0.21 or later' : ''}`,
    needs: ['KServe 0.21'],
  };
}

function sidecar({ pinned }: ServedModel, { kserve }: ClusterFacts): KserveSource {
  const isOff = kserve !== undefined && !atLeast(kserve, [0, 16, 0]);
  return {
    mode: 'modelcar',
    uri: `oci://${pinned}`,
    because: `oci: the sidecar of KServe ${kserve === undefined ? '0.12' : versionText(kserve)} runs the image, which has a shell`,
    needs: [
      'KServe 0.12',
      `enableModelcar in the ConfigMap inferenceservice-config${isOff ? ' (off unless set in this version)' : ''}`,
    ],
  };
}

/** KServe's InferenceService: a container of llama.cpp for GGUF, KServe's own vLLM runtime for safetensors. */
export const kserve: DeployTarget = {
  name: 'kserve',
  summary: 'InferenceService of KServe, by oci+native, oci+fetch or the modelcar sidecar',
  build: (model, options) => {
    const source = kserveSource('kserve', model, options, true);
    const server =
      model.weights === 'gguf'
        ? llamaServer('kserve', model, MODEL_DIRECTORY, options)
        : vllmServer('kserve', model, MODEL_DIRECTORY, options);
    const predictor =
      model.weights === 'gguf' || options.image !== undefined
        ? container(server, source, options)
        : runtime(model, server, source, options);
    return inferenceService(model, { server, source, predictor }, options);
  },
};

interface Parts {
  readonly server: ServerPlan;
  readonly source: KserveSource;
  readonly predictor: Readonly<Record<string, unknown>>;
}

function inferenceService(model: ServedModel, { server, source, predictor }: Parts, options: DeployOptions): Deployed {
  const metadata = metadataOf(model, options);
  const resource: KubernetesObject = {
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: {
      ...metadata,
      annotations: { ...metadata.annotations, 'serving.kserve.io/deploymentMode': 'RawDeployment' },
    },
    spec: { predictor: { minReplicas: options.replicas ?? 1, ...podSecurity(options), ...predictor } },
  };
  return {
    target: 'kserve',
    resources: [resource],
    files: {},
    reasons: [`the files come by ${source.because}`, ...server.reasons],
    warnings: [
      ...(source.mode === 'modelcar'
        ? ['the sidecar shares process ids with the server, and KServe runs both as one user']
        : []),
      ...server.warnings,
    ],
    needs: source.needs,
    server,
    // Of KServe's Deployments; its own runtime of before 0.20 has its paths below /openai.
    endpoint: {
      service: childLabel(metadata.name, '-predictor'),
      port: '80',
      ...(server.kind === 'vllm' && options.image === undefined && !hasVllmRuntime(options) && { root: '/openai' }),
    },
  };
}

/**
 * Where KServe's settings turn images off, its webhook passes by a model that is named in the older way, and the pod starts without files.
 * What `storageUris` names the controller itself mounts or fetches, whatever the settings say.
 */
function namesInList({ mode }: KserveSource, { cluster }: DeployOptions): boolean {
  return mode !== 'modelcar' && cluster?.kserveModelcar === false;
}

function listed({ uri }: KserveSource): Readonly<Record<string, unknown>> {
  return { storageUris: [{ uri, mountPath: MODEL_DIRECTORY }] };
}

/** KServe has no runtime for llama.cpp: a container of one's own, which it gives the model by this variable. */
function container(
  server: ServerPlan,
  source: KserveSource,
  options: DeployOptions,
): Readonly<Record<string, unknown>> {
  const inList = namesInList(source, options);
  return {
    ...(inList && listed(source)),
    containers: [
      {
        name: 'kserve-container',
        image: server.image,
        ...(server.command !== undefined && { command: server.command }),
        args: server.args,
        env: [...environmentOf(server), ...(inList ? [] : [{ name: 'STORAGE_URI', value: source.uri }])],
        ports: [{ containerPort: server.port, name: 'http', protocol: 'TCP' }],
        resources: resourcesOf(server),
        securityContext: CONTAINER_SECURITY,
        ...probesOf(server),
        volumeMounts: scratchMounts(server),
      },
    ],
    volumes: scratchVolumes(server),
  };
}

function scratchMounts(server: ServerPlan): readonly Readonly<Record<string, unknown>>[] {
  const shared = server.sharedMemory === undefined ? [] : [{ name: 'shared-memory', mountPath: '/dev/shm' }];
  return [{ name: 'tmp', mountPath: '/tmp' }, ...shared];
}

/** KServe's own runtime for vLLM, which brings image and command; what it is told beside. */
function runtime(
  model: ServedModel,
  server: ServerPlan,
  source: KserveSource,
  options: DeployOptions,
): Readonly<Record<string, unknown>> {
  const hasVllm = hasVllmRuntime(options);
  const own = server.args.slice(server.args.indexOf('--max-model-len'));
  const inList = namesInList(source, options);
  return {
    ...(inList && listed(source)),
    model: {
      modelFormat: hasVllm ? { name: 'vLLM', version: '1' } : { name: 'huggingface' },
      ...(!inList && { storageUri: source.uri }),
      args: hasVllm ? [`--served-model-name=${model.name}`, ...own] : [`--model_name=${model.name}`, ...own],
      resources: resourcesOf(server),
    },
  };
}

/** KServe has a runtime for vLLM's own image since 0.20. */
function hasVllmRuntime({ cluster }: DeployOptions): boolean {
  return cluster?.kserve === undefined || atLeast(cluster.kserve, NATIVE);
}
