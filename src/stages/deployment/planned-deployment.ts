import { packageFacts, parseSize, pipeline, SlipwayError, type RunContext } from '../../core/index.js';
import { discoverCluster, openCluster, type ClusterConnection } from '../../cluster/index.js';
import {
  factsOfCluster,
  parsePlatformVersion,
  planDeployment,
  readServedModel,
  renderDeployment,
  repackageCommand,
  type ClusterFacts,
  type Deployed,
  type DeployOptions,
  type Rendered,
  type ServedModel,
} from '../../deploy/index.js';
import {
  formatReference,
  isLocalAddress,
  isRepositoryName,
  parseReference,
  wantedReference,
} from '../../registry/index.js';
import type { DeployStageOptions } from '../options/index.js';
import { openRunTarget } from '../open-run-target.js';
import { pullSecret } from './pull-secret.js';
import { repackage } from '../packaging/repackage.js';
import { trustedAddress } from '../trust/index.js';

/** A deployment that was made of an artifact. */
export interface PlannedDeployment {
  readonly model: ServedModel;
  readonly deployed: Deployed;
  readonly rendered: Rendered;
  /** The cluster that was asked, when there is one. */
  readonly cluster?: ClusterConnection | undefined;
}

/**
 * What serves the artifact of a reference: reads its manifest and headers, nothing else, and asks the cluster that is named.
 * Throws `USAGE` for what cannot work, `TRUST_REFUSED` and `TRUST_UNDECIDED` for what a policy does not accept.
 */
export async function deploymentOf(
  reference: string,
  options: DeployStageOptions & { readonly dryRun?: boolean | undefined },
  context: RunContext,
): Promise<PlannedDeployment> {
  const address = options.policy === undefined ? reference : await accepted(reference, options.policy, context);
  const cluster = await clusterFor(options, context);
  const facts = await factsFor(cluster, options, context);
  const model = await servedModel(address, options, context);
  const settled: DeployOptions = {
    ...options,
    memoryBudget: options.memoryBudget === undefined ? undefined : parseSize(options.memoryBudget),
    cluster: facts,
    insecureHosts: context.network.insecureHosts ?? [],
    reference: reference.replace(/^oci:\/\//, ''),
    version: (await packageFacts()).version,
  };
  const fitting = options.repackage === true ? await repackaged(model, settled, options, context) : model;
  const secret =
    options.withSecret === true
      ? await pullSecret(fitting, settled, { registry: model.repository, context })
      : undefined;
  const planned = planDeployment(
    fitting,
    secret === undefined ? settled : { ...settled, pullSecrets: secret.names },
    options.target,
  );
  const advised =
    fitting === model ? planned : { ...planned, reasons: [`repackaged as ${fitting.pinned}`, ...planned.reasons] };
  const deployed = secret === undefined ? advised : withFirst(advised, secret.resource);
  return {
    model: fitting,
    deployed,
    rendered: renderDeployment(deployed, fitting, options.format ?? 'yaml'),
    cluster,
  };
}

function withFirst(deployed: Deployed, resource: Deployed['resources'][number]): Deployed {
  if (deployed.resources.length === 0) return deployed;
  return {
    ...deployed,
    resources: [resource, ...deployed.resources],
    warnings: [
      ...deployed.warnings,
      `${resource.metadata.name} holds this machine's login to the registry in plain text`,
    ],
  };
}

async function accepted(reference: string, policy: string, context: RunContext): Promise<string> {
  return trustedAddress(/^(oci:\/\/|layout:)/.test(reference) ? reference : `oci://${reference}`, policy, context);
}

/** Opens the cluster that is named, or the usual one where something is to be applied. */
async function clusterFor(
  { kubeconfig, context: name, apply }: DeployStageOptions,
  context: RunContext,
): Promise<ClusterConnection | undefined> {
  if (kubeconfig === undefined && name === undefined && apply !== true) return undefined;
  return openCluster({
    kubeconfig,
    context: name,
    env: context.env,
    insecureHosts: context.network.insecureHosts,
    offline: context.network.offline,
  });
}

async function factsFor(
  cluster: ClusterConnection | undefined,
  options: DeployStageOptions,
  context: RunContext,
): Promise<ClusterFacts> {
  const said = saidOf(options);
  if (cluster === undefined) return said;
  const found = factsOfCluster(await discoverCluster(cluster, context.signal));
  return { ...found, ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) };
}

/** Versions that were said as facts. Throws `USAGE`. */
function saidOf({ kubernetes, containerd, crio, kserve, featureGates }: DeployStageOptions): ClusterFacts {
  return {
    kubernetes: kubernetes === undefined ? undefined : parsePlatformVersion(kubernetes, '--kubernetes'),
    containerd: containerd === undefined ? undefined : parsePlatformVersion(containerd, '--containerd'),
    crio: crio === undefined ? undefined : parsePlatformVersion(crio, '--crio'),
    kserve: kserve === undefined ? undefined : parsePlatformVersion(kserve, '--kserve'),
    featureGates,
  };
}

async function servedModel(
  address: string,
  { target: targetName, variant, pullFrom }: DeployStageOptions,
  context: RunContext,
): Promise<ServedModel> {
  const opened = openRunTarget(address, context, 'deploy');
  const { target } = opened;
  requirePullable(target.name, targetName, pullFrom);
  return readServedModel(
    { target, reference: await wantedReference(opened, context.signal), name: target.name },
    { variant, pullFrom: checkedRepository(pullFrom), signal: context.signal },
  );
}

/** Nodes pull from registries; a directory of this machine is nowhere else. */
function requirePullable(name: string, target: string | undefined, pullFrom: string | undefined): void {
  if (!isLocalAddress(name) || pullFrom !== undefined || target === 'command') return;
  throw new SlipwayError('USAGE', `'${name}' is a place on this machine, which no cluster pulls from`, {
    try: [
      `pipeline push ${name}:TAG HOST/REPOSITORY:TAG   (and deploy that)`,
      '--pull-from HOST/REPOSITORY',
      '--target command',
    ],
  });
}

function checkedRepository(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const reference = parseReference(text);
  if (
    reference.kind === 'registry' &&
    reference.tag === undefined &&
    reference.digest === undefined &&
    isRepositoryName(reference.repository)
  ) {
    return `${reference.host}/${reference.repository}`;
  }
  throw new SlipwayError('USAGE', `'${text.slice(0, 120)}' is not a repository to pull from`, {
    try: '--pull-from registry.example.com/models/tiny',
  });
}

/** Targets that take an image and nothing else. */
const NEED_IMAGE: readonly string[] = ['kserve', 'llmisvc', 'deployment'];

/** The artifact as a modelcar, when it is none and a modelcar would be served better; itself otherwise. */
async function repackaged(
  model: ServedModel,
  settled: DeployOptions,
  options: DeployStageOptions & { readonly dryRun?: boolean | undefined },
  context: RunContext,
): Promise<ServedModel> {
  const { modelcarBase: base, target } = options;
  const isReady = model.format === 'modelcar' && (base === undefined || model.hasShell);
  if (
    isReady ||
    !wouldMount({ ...model, format: 'modelcar', shape: 'image', hasShell: base !== undefined }, settled, target)
  ) {
    return model;
  }
  const from = openAddress(settled.reference ?? model.pinned);
  const to = `${from}:${model.tag ?? model.digest.slice('sha256:'.length, 'sha256:'.length + 12)}-modelcar`;
  if (options.dryRun === true) {
    throw new SlipwayError('USAGE', 'what --repackage would make has no digest before it is made', {
      try: [
        `${repackageCommand(settled.reference ?? model.pinned)}${base === undefined ? '' : ` --modelcar-base ${base}`}`,
        'leave --dry-run or --repackage out',
      ],
    });
  }
  const stage = repackage(`${from}@${model.digest}`, to, {
    formats: ['modelcar'],
    ...(base !== undefined && { modelcar: { base } }),
  });
  const [pushed] = await pipeline(stage).run(undefined, context);
  if (pushed === undefined) throw new SlipwayError('INTERNAL', 'repackaging pushed nothing');
  return servedModel(`${from}@${pushed.digest}`, options, context);
}

/** Whether a target that mounts images takes the model. */
function wouldMount(model: ServedModel, settled: DeployOptions, target: string | undefined): boolean {
  if (target !== undefined && !NEED_IMAGE.includes(target)) return false;
  try {
    return NEED_IMAGE.includes(planDeployment(model, settled, target).target);
  } catch (error) {
    // Refused even so: the artifact as it is gives the better reason.
    if (SlipwayError.is(error) && error.code === 'USAGE') return false;
    throw error;
  }
}

/** The repository of an address, as a push takes it. */
function openAddress(reference: string): string {
  const parsed = parseReference(reference);
  if (parsed.kind === 'registry') return `oci://${parsed.host}/${parsed.repository}`;
  const { tag: _tag, digest: _digest, ...place } = parsed;
  return formatReference(place);
}
