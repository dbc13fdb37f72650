import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { packageFacts, parseSize, SlipwayError, type Planned, type RunContext, type Stage } from '../core/index.js';
import {
  parsePlatformVersion,
  planDeployment,
  readServedModel,
  renderDeployment,
  type ClusterFacts,
  type Deployed,
  type Rendered,
  type ServedModel,
} from '../deploy/index.js';
import { writeLocalFile } from '../files/index.js';
import { isLocalAddress, wantedReference, isRepositoryName, parseReference } from '../registry/index.js';
import type { PushedArtifact } from './packed-model.js';
import type { DeployStageOptions } from './options/index.js';
import { openRunTarget } from './open-target.js';

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
  const { target: targetName, format = 'yaml', variant, pullFrom, memoryBudget } = options;
  const opened = openRunTarget(reference, context, 'deploy');
  const { target } = opened;
  requirePullable(target.name, targetName, pullFrom);
  const model = await readServedModel(
    { target, reference: await wantedReference(opened, context.signal), name: target.name },
    { variant, pullFrom: checkedRepository(pullFrom), signal: context.signal },
  );
  const deployed = planDeployment(
    model,
    {
      ...options,
      memoryBudget: memoryBudget === undefined ? undefined : parseSize(memoryBudget),
      cluster: clusterOf(options),
      insecureHosts: context.network.insecureHosts ?? [],
      reference: reference.replace(/^oci:\/\//, ''),
      version: (await packageFacts()).version,
    },
    targetName,
  );
  return { model, deployed, rendered: renderDeployment(deployed, model, format) };
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

/** Versions as facts. Throws `USAGE`. */
function clusterOf({ kubernetes, containerd, crio, kserve, featureGates }: DeployStageOptions): ClusterFacts {
  return {
    kubernetes: kubernetes === undefined ? undefined : parsePlatformVersion(kubernetes, '--kubernetes'),
    containerd: containerd === undefined ? undefined : parsePlatformVersion(containerd, '--containerd'),
    crio: crio === undefined ? undefined : parsePlatformVersion(crio, '--crio'),
    kserve: kserve === undefined ? undefined : parsePlatformVersion(kserve, '--kserve'),
    featureGates,
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
