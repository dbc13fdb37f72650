import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { packageFacts, SlipwayError, type Planned, type RunContext, type Stage } from '../core/index.js';
import {
  parseVersion,
  planDeployment,
  readServedModel,
  renderDeployment,
  type ClusterFacts,
  type Deployed,
  type DeployFormat,
  type DeployOptions,
  type Rendered,
  type ServedModel,
} from '../deploy/index.js';
import { writeLocalFile } from '../files/index.js';
import { isRepositoryName, parseReference } from '../registry/index.js';
import type { PushedArtifact } from './packed-model.js';
import { openRunTarget } from './push.js';

/** What is known of a cluster, as people write it. */
export interface ClusterVersions {
  /** `1.35` */
  readonly kubernetes?: string;
  readonly containerd?: string;
  readonly crio?: string;
  readonly kserve?: string;
  /** Feature gates that are on although they are off by default. */
  readonly featureGates?: readonly string[];
}

/** How a model is served, and where what serves it is written. */
export interface DeployStageOptions extends Omit<DeployOptions, 'cluster' | 'reference' | 'version'>, ClusterVersions {
  /** `kserve`, `deployment`, `init`, …; chosen when absent. */
  readonly target?: string;
  readonly format?: DeployFormat;
  /** A directory for the manifests; one folder for each variant when there are several. `deploy` unless given. */
  readonly to?: string;
  /** Which variant is served (`Q4_K_M`); all unless given. */
  readonly variant?: string;
  /** `host/repository` by which the cluster pulls, when that is another than the address pushed to. */
  readonly pullFrom?: string;
}

/** A deployment that was made of an artifact. */
export interface PlannedDeployment {
  readonly model: ServedModel;
  readonly deployed: Deployed;
  readonly rendered: Rendered;
}

/** A deployment that was written. */
export interface WrittenDeployment {
  /** The artifact, by digest. */
  readonly reference: string;
  readonly target: string;
  readonly files: readonly string[];
  readonly reasons: readonly string[];
}

/** What serves the artifact of a reference: reads its manifest and headers, nothing else. Throws `USAGE` for what cannot work. */
export async function deploymentOf(
  reference: string,
  options: DeployStageOptions,
  context: RunContext,
): Promise<PlannedDeployment> {
  const { target: targetName, format = 'yaml', variant, pullFrom, to: _to, ...rest } = options;
  const { target, tag, digest } = openRunTarget(reference, context, 'deploy');
  requirePullable(target.name, targetName, pullFrom);
  const model = await readServedModel(
    { target, reference: digest ?? tag ?? 'latest', name: target.name },
    { variant, pullFrom: checkedRepository(pullFrom), signal: context.signal },
  );
  const { kubernetes, containerd, crio, kserve, featureGates, ...plain } = rest;
  const cluster = clusterOf({ kubernetes, containerd, crio, kserve, featureGates });
  const { version } = await packageFacts();
  const settings = {
    insecureHosts: context.network.insecureHosts ?? [],
    ...plain,
    cluster,
    reference: shortReference(reference),
    version,
  };
  const deployed = planDeployment(model, settings, targetName);
  return { model, deployed, rendered: renderDeployment(deployed, model, format) };
}

function shortReference(reference: string): string {
  return reference.replace(/^oci:\/\//, '');
}

/** Nodes pull from registries; a directory of this machine is nowhere else. */
function requirePullable(name: string, target: string | undefined, pullFrom: string | undefined): void {
  if (!name.startsWith('layout:') || pullFrom !== undefined || target === 'command') return;
  throw new SlipwayError('USAGE', `'${name}' is a directory of this machine, which no cluster pulls from`, {
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

type Written<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** Versions as facts. Throws `USAGE`. */
export function clusterOf({
  kubernetes,
  containerd,
  crio,
  kserve,
  featureGates,
}: Written<ClusterVersions>): ClusterFacts {
  return {
    ...(kubernetes !== undefined && { kubernetes: parseVersion(kubernetes, '--kubernetes') }),
    ...(containerd !== undefined && { containerd: parseVersion(containerd, '--containerd') }),
    ...(crio !== undefined && { crio: parseVersion(crio, '--crio') }),
    ...(kserve !== undefined && { kserve: parseVersion(kserve, '--kserve') }),
    ...(featureGates !== undefined && { featureGates }),
  };
}

/** Writes what serves the model that was pushed: manifests that name it by its digest. */
export function deploy(
  options: DeployStageOptions = {},
): Stage<readonly PushedArtifact[], readonly WrittenDeployment[]> {
  return {
    name: 'deploy',
    plan: async (): Promise<Planned<readonly WrittenDeployment[]>> => ({
      reports: [
        {
          stage: 'deploy',
          summary: `${options.target ?? 'the target that fits'}, written to ${options.to ?? 'deploy'}`,
        },
      ],
    }),
    run: async (pushed, context) => {
      const started = context.now();
      context.emit({ type: 'stage.start', stage: 'deploy', total: null });
      const groups = variantsOf(pushed, options.variant);
      const written: WrittenDeployment[] = [];
      for (const [variant, artifacts] of groups) {
        const planned = await firstThatWorks(artifacts, options, context);
        const folder = join(
          options.to ?? 'deploy',
          ...(groups.size > 1 && variant !== '' ? [variant.toLowerCase()] : []),
        );
        const files = await writeRendered(planned.rendered, folder);
        for (const message of planned.deployed.warnings) context.emit({ type: 'warning', code: 'DEPLOY', message });
        written.push({
          reference: planned.model.pinned,
          target: planned.deployed.target,
          files,
          reasons: planned.deployed.reasons,
        });
      }
      const summary = written.map(({ target }) => target).join(', ');
      context.emit({ type: 'stage.end', stage: 'deploy', ok: true, summary, durationMs: context.now() - started });
      return written;
    },
  };
}

/** Artifacts by variant: one of several formats of each is served. Indexes are no artifacts. */
function variantsOf(
  pushed: readonly PushedArtifact[],
  wanted: string | undefined,
): ReadonlyMap<string, readonly PushedArtifact[]> {
  const groups = new Map<string, PushedArtifact[]>();
  for (const artifact of pushed) {
    const variant = artifact.variant ?? '';
    if (/index|list/.test(artifact.mediaType) || (wanted !== undefined && variant !== wanted)) continue;
    groups.set(variant, [...(groups.get(variant) ?? []), artifact]);
  }
  if (groups.size > 0) return groups;
  throw new SlipwayError(
    'NOT_FOUND',
    wanted === undefined ? 'nothing was pushed that could be served' : `no variant '${wanted}' was pushed`,
    {
      got: pushed.map(({ variant, reference }) => variant ?? reference).join(', '),
    },
  );
}

async function firstThatWorks(
  artifacts: readonly PushedArtifact[],
  { variant: _variant, ...options }: DeployStageOptions,
  context: RunContext,
): Promise<PlannedDeployment> {
  let failure: unknown;
  for (const { reference } of artifacts) {
    try {
      return await deploymentOf(reference, options, context);
    } catch (error) {
      if (!SlipwayError.is(error) || error.code !== 'USAGE') throw error;
      failure ??= error;
    }
  }
  throw failure;
}

/** Writes the files of a deployment into a directory; returns their paths. */
export async function writeRendered({ files }: Rendered, directory: string): Promise<readonly string[]> {
  await mkdir(directory, { recursive: true });
  const paths: string[] = [];
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, name);
    await writeText(path, text);
    paths.push(path);
  }
  return paths;
}

/** Writes a text under a temporary name, then renames. */
export async function writeText(path: string, text: string): Promise<void> {
  const content = async function* (): AsyncGenerator<Uint8Array> {
    yield new TextEncoder().encode(text);
  };
  await writeLocalFile(path, content());
}
