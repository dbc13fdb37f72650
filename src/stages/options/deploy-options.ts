import { didYouMean, optionTable, type OptionsOf } from '../../core/index.js';
import { DEPLOY_FORMATS, DEPLOY_TARGET_NAMES } from '../../deploy/index.js';

const CLUSTER = 'The cluster';
const SERVER = 'The server';
const APPLY = 'Applying';
/** More tokens than any model was trained for. */
const MOST_TOKENS = 100_000_000;

/** Types of the cache that are worth choosing. */
const CACHE_CHOICES = ['f16', 'bf16', 'q8_0', 'q5_1', 'q4_0'] as const;

export function targetProblem(name: string): string | undefined {
  if ((DEPLOY_TARGET_NAMES as readonly string[]).includes(name)) return undefined;
  return `got '${name.slice(0, 60)}', no such target${didYouMean(name, DEPLOY_TARGET_NAMES)}`;
}

/** What `deploy` can be told, but for where it writes. */
export const DEPLOY_OPTIONS = optionTable({
  /** The first that works unless given. */
  target: {
    kind: 'text',
    value: 'name',
    known: DEPLOY_TARGET_NAMES,
    problem: targetProblem,
    help: `${DEPLOY_TARGET_NAMES.join(', ')}; else chosen`,
  },
  format: { kind: 'choice', choice: DEPLOY_FORMATS, help: 'how it is written; yaml' },
  /** Which member of an index, or which of the variants that were pushed (`Q4_K_M`). */
  variant: { kind: 'text', value: 'name', help: 'which member of an index: Q4_K_M' },
  /** RFC 1123 label; the repository's last part unless given. */
  name: { kind: 'text', value: 'name', help: 'name of the resources' },
  namespace: { kind: 'text', value: 'name', help: 'namespace of the resources' },
  /** Asked for its version, resources, KServe's settings and nodes, read-only. What is said in words wins. */
  kubeconfig: { kind: 'path', help: 'ask this cluster what it has; for --apply the usual one', group: CLUSTER },
  context: { kind: 'text', value: 'name', help: 'a context of the kubeconfig', group: CLUSTER },
  kubernetes: { kind: 'text', value: 'version', help: 'its version: 1.35', group: CLUSTER },
  containerd: { kind: 'text', value: 'version', help: "the nodes' containerd: 2.1", group: CLUSTER },
  crio: { kind: 'text', value: 'version', help: "the nodes' CRI-O: 1.33", group: CLUSTER },
  kserve: { kind: 'text', value: 'version', help: 'KServe in it: 0.20', group: CLUSTER },
  /** Feature gates that are on although they are off by default. */
  featureGates: {
    kind: 'text',
    list: true,
    value: 'name',
    help: 'a gate that is on there: ImageVolume',
    group: CLUSTER,
  },
  /** `host/repository` by which the cluster pulls, when that is another than the address pushed to. */
  pullFrom: { kind: 'text', value: 'host/repository', help: 'the repository as the cluster calls it', group: CLUSTER },
  /** Names of secrets of type `kubernetes.io/dockerconfigjson`; their contents are never written. */
  pullSecrets: { kind: 'text', list: true, value: 'name', help: 'secret to pull with', group: CLUSTER },
  /** A Secret with this machine's credentials for the registry: readers of the manifests read them. */
  withSecret: { kind: 'flag', help: "also a Secret with this machine's login to the registry", group: CLUSTER },
  networkPolicy: { kind: 'flag', help: 'also a NetworkPolicy: nothing goes out but a pull', group: CLUSTER },
  image: { kind: 'text', value: 'image', help: 'image of the server', group: SERVER },
  toolImage: { kind: 'text', value: 'image', help: 'image of this tool, for an init container', group: SERVER },
  replicas: { kind: 'count', most: 1000, help: 'servers; 1', group: SERVER },
  /** Tokens that one request may use. */
  contextSize: {
    kind: 'count',
    most: MOST_TOKENS,
    flag: 'ctx-size',
    value: 'tokens',
    help: 'context of one request',
    group: SERVER,
  },
  /** Requests at the same time. */
  slots: { kind: 'count', most: 1024, flag: 'parallel', help: 'requests at the same time', group: SERVER },
  /** Bytes that the server may take: the context is made as long as fits. */
  memoryBudget: { kind: 'size', help: 'the longest context that fits: 6GiB', group: SERVER },
  cacheTypeK: {
    kind: 'choice',
    choice: CACHE_CHOICES,
    value: 'type',
    help: 'type of the keys in the cache; f16',
    group: SERVER,
  },
  cacheTypeV: {
    kind: 'choice',
    choice: CACHE_CHOICES,
    value: 'type',
    help: 'type of the values in the cache; f16',
    group: SERVER,
  },
  gpus: { kind: 'count', least: 0, most: 64, help: 'GPUs of a server', group: SERVER },
  /** A policy file: what it does not accept is not deployed. */
  policy: { kind: 'path', value: 'file', help: 'refuse what this policy does not accept' },
  /** Into the same repository, with the tag `TAG-modelcar`. */
  repackage: { kind: 'flag', help: 'make a modelcar of the artifact where the target needs one' },
  modelcarBase: { kind: 'text', value: 'image', help: 'of --repackage: an image with a shell below the model' },
  apply: { kind: 'flag', help: 'apply to the cluster: dry run, what changes, then for real', group: APPLY },
  forceConflicts: { kind: 'flag', help: 'take over fields that something else has set', group: APPLY },
  wait: { kind: 'flag', help: 'wait until it is ready, with what its pods are at', group: APPLY },
  /** Milliseconds. */
  waitTimeout: { kind: 'duration', help: 'how long to wait: 15m', group: APPLY },
  smoke: { kind: 'flag', help: 'wait, then send one request and print the first tokens', group: APPLY },
});

/** Where a stage of a pipeline writes. */
export const DEPLOY_TO = optionTable({
  /** A directory, with one folder for each variant when there are several; `deploy` unless given, or nowhere with `apply`. */
  to: {
    kind: 'text',
    value: 'directory',
    help: 'a directory for the manifests; deploy, or none where they are applied',
  },
});

/** How a model is served, and where what serves it is written. */
export type DeployStageOptions = OptionsOf<typeof DEPLOY_OPTIONS> & OptionsOf<typeof DEPLOY_TO>;
