import { join } from 'node:path';
import { SlipwayError, type Planned, type RunContext, type Stage } from '../../core/index.js';
import type { ResourceChange, ServedReply } from '../../cluster/index.js';
import { applyDeployment } from './apply-deployment.js';
import { deploymentOf, type PlannedDeployment } from './planned-deployment.js';
import type { DeployStageOptions } from '../options/index.js';
import type { PushedArtifact } from '../packaging/packed-model.js';
import { writeRendered } from './write-deployment.js';

/** A deployment that was written. */
export interface WrittenDeployment {
  /** The artifact, by digest. */
  readonly reference: string;
  readonly target: string;
  readonly files: readonly string[];
  readonly reasons: readonly string[];
  /** What became of it in the cluster, with `apply`. */
  readonly changes?: readonly ResourceChange[];
  /** What the served model answered, with `smoke`. */
  readonly reply?: ServedReply;
}

/**
 * Writes what serves the model that was pushed: manifests that name it by its digest. With `apply` they are applied to a
 * cluster; `wait` and `smoke` see to it that the model answers.
 */
export function deploy(
  options: DeployStageOptions = {},
): Stage<readonly PushedArtifact[], readonly WrittenDeployment[]> {
  return {
    name: 'deploy',
    plan: async (): Promise<Planned<readonly WrittenDeployment[]>> => ({
      reports: [
        {
          stage: 'deploy',
          summary: `${options.target ?? 'the target that fits'}, ${whereTo(options)}`,
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
        const place = groups.size > 1 ? variant.toLowerCase() : '';
        for (const message of planned.deployed.warnings) context.emit({ type: 'warning', code: 'DEPLOY', message });
        written.push({
          reference: planned.model.pinned,
          target: planned.deployed.target,
          files: await writeFiles(planned, options, place),
          reasons: planned.deployed.reasons,
          ...(await applied(planned, options, context)),
        });
      }
      const summary = written.map(({ target }) => target).join(', ');
      context.emit({ type: 'stage.end', stage: 'deploy', ok: true, summary, durationMs: context.now() - started });
      return written;
    },
  };
}

function whereTo({ apply, to, context: name }: DeployStageOptions): string {
  const places = [
    ...(apply === true ? [`applied to ${name ?? 'the cluster of the kubeconfig'}`] : []),
    ...(apply === true && to === undefined ? [] : [`written to ${to ?? 'deploy'}`]),
  ];
  return places.join(' and ');
}

async function writeFiles(
  { rendered }: PlannedDeployment,
  { apply, to }: DeployStageOptions,
  place: string,
): Promise<readonly string[]> {
  if (apply === true && to === undefined) return [];
  return writeRendered(rendered, join(to ?? 'deploy', place));
}

async function applied(
  planned: PlannedDeployment,
  options: DeployStageOptions,
  context: RunContext,
): Promise<Pick<WrittenDeployment, 'changes' | 'reply'>> {
  if (options.apply !== true) return {};
  const { changes, reply } = await applyDeployment(planned, options, context, {
    onPlan: (planned) => {
      for (const { id, change, differences } of planned) {
        if (change === 'unchanged') continue;
        const detail = differences.map(({ field }) => field).join(', ');
        context.emit({ type: 'change', stage: 'deploy', kind: 'resource', name: id, change, detail });
      }
    },
    onProgress: () => {},
  });
  return { changes, reply };
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
