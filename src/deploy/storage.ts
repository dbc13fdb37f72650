import { atLeast, versionText } from './platform-version.js';
import type { ClusterFacts, Support } from './cluster-facts.js';
import type { DeployOptions } from './deployment-request.js';
import { cannotDeploy } from './refuse.js';
import { servedBytes, type ServedModel } from './served-model.js';

/** Where the model's files are in the server's container. */
export const MODEL_DIRECTORY = '/mnt/models';
/** The unprivileged user and group of distroless images. */
export const USER_ID = 65_532;

/** How the files of an artifact get to a server: parts of a pod. */
export interface ModelStorage {
  readonly how: 'image-volume' | 'artifact-volume' | 'init';
  readonly volumes: readonly Readonly<Record<string, unknown>>[];
  /** Of the server's container. */
  readonly mounts: readonly Readonly<Record<string, unknown>>[];
  readonly initContainers: readonly Readonly<Record<string, unknown>>[];
  readonly reasons: readonly string[];
  readonly warnings: readonly string[];
}

const GATE = 'ImageVolume';

/**
 * Whether nodes can mount an image as a volume with a sub-path: Kubernetes 1.35 (1.33 with the gate ImageVolume), and
 * containerd 2.1 or CRI-O 1.31 (release notes; Kubernetes' feature gates). What is not known is assumed, and said.
 */
export function imageVolumes(model: ServedModel, cluster: ClusterFacts, options: DeployOptions): Support {
  const reference = options.reference ?? model.pinned;
  if (model.format !== 'modelcar') {
    return {
      ok: false,
      reason: `an image volume mounts images, and the artifact is ${model.format} (${model.shape}): containerd would mount an empty directory without a word`,
      remedy: [
        repackageCommand(reference),
        '--target init',
        ...(cluster.crio === undefined ? ['--target crio   (nodes with CRI-O 1.33)'] : ['--target crio']),
      ],
    };
  }
  return kubernetesMounts(cluster) ?? runtimeMounts(cluster) ?? { ok: true, because: assumed(cluster) };
}

function kubernetesMounts({ kubernetes, featureGates = [] }: ClusterFacts): Support | undefined {
  if (kubernetes === undefined || atLeast(kubernetes, [1, 35, 0])) return undefined;
  const has = atLeast(kubernetes, [1, 33, 0]);
  if (has && featureGates.includes(GATE)) return undefined;
  const why = has ? `has image volumes only with the feature gate ${GATE}` : 'has no image volumes with a sub-path';
  return {
    ok: false,
    reason: `Kubernetes ${versionText(kubernetes)} ${why}; they are on from 1.35`,
    remedy: ['--target init', ...(has ? [`--feature-gate ${GATE}   (if it is on there)`] : []), 'Kubernetes 1.35'],
  };
}

function runtimeMounts({ containerd, crio }: ClusterFacts): Support | undefined {
  if (containerd !== undefined && !atLeast(containerd, [2, 1, 0])) {
    return {
      ok: false,
      reason: `containerd ${versionText(containerd)} mounts no images; 2.1 does`,
      remedy: ['--target init', 'containerd 2.1'],
    };
  }
  if (crio === undefined || atLeast(crio, [1, 31, 0])) return undefined;
  return {
    ok: false,
    reason: `CRI-O ${versionText(crio)} mounts no images; 1.31 does`,
    remedy: ['--target init', 'CRI-O 1.31'],
  };
}

function assumed({ kubernetes, containerd, crio }: ClusterFacts): string {
  const unknown = [
    ...(kubernetes === undefined ? ['Kubernetes 1.35 or later'] : []),
    ...(containerd === undefined && crio === undefined ? ['containerd 2.1 or CRI-O 1.31, or later'] : []),
  ];
  return unknown.length === 0 ? 'the nodes mount images as volumes' : `assumes ${unknown.join(' and ')}`;
}

/** The command that makes an image of an artifact. */
export function repackageCommand(reference: string): string {
  const plain = reference.replace(/@sha256:[0-9a-f]+$/, '');
  const to = /:[^/:]+$/.test(plain) ? `${plain}-modelcar` : `${plain}:modelcar`;
  return `pipeline repackage ${reference} ${to} --format modelcar`;
}

/** A volume of the image itself. Throws `USAGE` where that cannot work. */
export function imageVolume(target: string, model: ServedModel, options: DeployOptions): ModelStorage {
  const support = imageVolumes(model, options.cluster ?? {}, options);
  if (!support.ok) throw cannotDeploy(target, support.reason, support.remedy);
  return {
    how: 'image-volume',
    volumes: [{ name: 'model', image: { reference: model.pinned, pullPolicy: 'IfNotPresent' } }],
    mounts: [{ name: 'model', mountPath: MODEL_DIRECTORY, readOnly: true, subPath: 'models' }],
    initContainers: [],
    reasons: [`the files come as an image volume: ${support.because}`],
    warnings: [],
  };
}

/** A volume of an artifact that is no image: CRI-O mounts its layers as files. Throws `USAGE` where that cannot work. */
export function artifactVolume(target: string, model: ServedModel, options: DeployOptions): ModelStorage {
  const { crio, containerd, ...rest } = options.cluster ?? {};
  // A pod may land on any node: where some run containerd, the volume would be empty there.
  if (containerd !== undefined) {
    throw cannotDeploy(
      target,
      crio === undefined
        ? 'containerd mounts images only, not artifacts'
        : 'some nodes run containerd, which mounts images only',
      model.format === 'modelcar'
        ? ['--target deployment', '--target init']
        : [repackageCommand(options.reference ?? model.pinned), '--target init'],
    );
  }
  if (model.format === 'modelcar') return imageVolume(target, model, { ...options, cluster: { ...rest, crio } });
  const wrong = artifactProblem(model, crio === undefined ? true : atLeast(crio, [1, 33, 0]));
  if (wrong !== undefined)
    throw cannotDeploy(target, wrong, [repackageCommand(options.reference ?? model.pinned), '--target init']);
  const kubernetes = kubernetesMounts(rest);
  if (kubernetes !== undefined && !kubernetes.ok) throw cannotDeploy(target, kubernetes.reason, kubernetes.remedy);
  return {
    how: 'artifact-volume',
    volumes: [{ name: 'model', image: { reference: model.pinned, pullPolicy: 'IfNotPresent' } }],
    mounts: [{ name: 'model', mountPath: MODEL_DIRECTORY, readOnly: true }],
    initContainers: [],
    reasons: [
      `the files come as an artifact volume${crio === undefined ? ': assumes CRI-O 1.33 or later' : ` of CRI-O ${versionText(crio)}`}`,
    ],
    warnings: crio === undefined ? ['on a node with containerd the volume would be empty: it mounts images only'] : [],
  };
}

/** Shapes whose layers are files with names: what CRI-O can mount. */
const MOUNTABLE = new Set([
  'modelpack-raw',
  'cnai-raw',
  'kitops-raw',
  'docker-gguf',
  'docker-safetensors',
  'oras-titled',
]);

function artifactProblem({ shape, files }: ServedModel, recent: boolean): string | undefined {
  if (!recent) return 'CRI-O mounts artifacts from 1.33 on';
  if (!MOUNTABLE.has(shape)) return `CRI-O mounts each layer as one file by its name, and a layer of ${shape} is none`;
  return files.some(({ path }) => path.includes('/'))
    ? 'CRI-O mounts files of one directory, and the artifact has folders'
    : undefined;
}

/** An empty volume that a container of this tool fills before the server starts: works on every cluster. */
export function initStorage(model: ServedModel, options: DeployOptions): ModelStorage {
  const image = options.toolImage ?? `localhost/slipway:${options.version ?? 'latest'}`;
  const [secret] = options.pullSecrets ?? [];
  const host = model.repository.split('/')[0] ?? '';
  const insecure = (options.insecureHosts ?? []).filter((name) => name === host);
  const bytes = servedBytes(model.files);
  return {
    how: 'init',
    volumes: [
      { name: 'model', emptyDir: { sizeLimit: mebibytes(bytes * 1.05 + 64 * 1024 * 1024) } },
      ...(secret === undefined ? [] : [credentialsVolume(secret)]),
    ],
    mounts: [{ name: 'model', mountPath: MODEL_DIRECTORY, readOnly: true }],
    initContainers: [
      {
        name: 'pull',
        image,
        args: [
          ...insecure.flatMap((name) => ['--insecure-http', name]),
          '--progress',
          'plain',
          'pull',
          model.pinned,
          MODEL_DIRECTORY,
        ],
        env: [
          ...(secret === undefined ? [] : [{ name: 'DOCKER_CONFIG', value: '/var/run/secrets/registry' }]),
          { name: 'HOME', value: '/tmp' },
          { name: 'PIPELINE_HOME', value: '/tmp/pipeline' },
        ],
        resources: {
          limits: { memory: '768Mi' },
          requests: { cpu: '500m', 'ephemeral-storage': mebibytes(bytes * 1.05), memory: '512Mi' },
        },
        securityContext: CONTAINER_SECURITY,
        volumeMounts: [
          { name: 'model', mountPath: MODEL_DIRECTORY },
          { name: 'tmp', mountPath: '/tmp' },
          ...(secret === undefined
            ? []
            : [{ name: 'registry', mountPath: '/var/run/secrets/registry', readOnly: true }]),
        ],
      },
    ],
    reasons: ['an init container of this tool pulls the files, verified by digest: works with every runtime'],
    warnings:
      options.toolImage === undefined
        ? [
            `${image} is this tool's image as its Containerfile builds it: push it where the cluster pulls, and name it with --tool-image`,
          ]
        : [],
  };
}

function credentialsVolume(secret: string): Readonly<Record<string, unknown>> {
  return {
    name: 'registry',
    secret: { secretName: secret, items: [{ key: '.dockerconfigjson', path: 'config.json' }] },
  };
}

/** A quantity in whole mebibytes. */
export function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 / 1024)}Mi`;
}

/** Nothing that a server of a model needs. */
export const CONTAINER_SECURITY: Readonly<Record<string, unknown>> = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  privileged: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
};
