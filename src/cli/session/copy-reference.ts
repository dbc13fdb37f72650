import {
  requireSize,
  SlipwayError,
  type Digest,
  type RunContext,
  type Stage,
  type StageReport,
} from '../../core/index.js';
import {
  copy,
  parseReference,
  type Copied,
  type ReadableTarget,
  type Target,
  type TransferEvent,
} from '../../registry/index.js';
import { harborBehind, loadOfCopy, openRunTarget, requireQuota } from '../../stages/index.js';
import { executeStage } from './execute.js';
import type { Session } from './session.js';
import { showPlan } from './show-plan.js';
import { safeLine } from '../screen/text.js';

/** Where a copy goes. */
export interface CopyDestination {
  readonly to: string;
  /** The source's own tag when there are none. */
  readonly tags: readonly string[];
  readonly overwrite: boolean;
  /** Send without asking a Harbor first whether the project's quota has room. */
  readonly quotaCheck?: boolean;
  /** Most bytes of one request of a blob. */
  readonly chunkSize?: number | string | undefined;
  readonly referrers?: boolean;
  /** Of an index, only this platform. */
  readonly platform?: string;
  /** Every tag of the source, under its own name. */
  readonly allTags?: boolean;
}

/** A manifest of the source and the tag that it gets; none for one that is to be had by its digest only. */
interface Move {
  readonly digest: Digest;
  readonly tag: string | undefined;
}

/** Copies one artifact, with progress, and prints its reference as the command's result. */
export async function copyReference(
  session: Session,
  source: string,
  destination: CopyDestination,
  dryRun: boolean | undefined,
): Promise<void> {
  const stage: Stage<void, readonly Copied[]> = {
    name: 'copy',
    plan: async (_input, context) => ({ reports: [await planCopy(source, destination, context)] }),
    run: async (_input, context) => copyOne(source, destination, context),
  };
  if (dryRun === true) {
    await showPlan(session, { config: { name: 'copy', pipeline: stage, store: 'none' } }, false);
    return;
  }
  const result = await executeStage(session, stage, `pipeline copy ${source} ${destination.to}`);
  const copied = result.output as readonly Copied[];
  session.output.result({
    json: { ok: true, copied, durationMs: result.durationMs, warnings: result.warnings },
    text: copied.map(({ reference }) => safeLine(reference)).join('\n'),
  });
}

/** What a copy would move, and whether its tags stand for something else already. */
async function planCopy(address: string, destination: CopyDestination, context: RunContext): Promise<StageReport> {
  const { target: source } = openRunTarget(address, context, 'copy');
  const { target } = openDestination(destination, context);
  const moves = await movesOf(source, address, destination, context);
  const states = await Promise.all(
    moves.map(async ({ digest, tag }) => {
      if (tag === undefined) return '';
      const present = await target.resolve(tag, context.signal).catch(() => undefined);
      return `${tag} ${present === undefined ? 'new' : present.digest === digest ? 'is there' : 'moves'}`;
    }),
  );
  const digests = [...new Set(moves.map(({ digest }) => digest))];
  const what = digests.length > 3 ? `${digests.length} manifests` : digests.join(', ');
  const platform = destination.platform === undefined ? '' : `, of it ${destination.platform} only`;
  const tags = states.filter(Boolean);
  return {
    stage: 'copy',
    summary: `${what}${platform} to ${target.name}${tags.length > 0 ? `, tags ${tags.join(', ')}` : ''}`,
  };
}

async function movesOf(
  source: ReadableTarget,
  address: string,
  { tags, allTags }: CopyDestination,
  { signal }: RunContext,
): Promise<readonly Move[]> {
  if (allTags === true) {
    const all = await source.tags(signal);
    return Promise.all(all.map(async (tag) => ({ digest: (await source.resolve(tag, signal)).digest, tag })));
  }
  const from = parseReference(address);
  const { digest } = await source.resolve(from.digest ?? from.tag ?? 'latest', signal);
  return (tags.length > 0 ? tags : [from.tag]).map((tag) => ({ digest, tag }));
}

function openDestination({ to, chunkSize }: CopyDestination, context: RunContext): ReturnType<typeof openRunTarget> {
  const limit = chunkSize === undefined ? {} : { chunkSize: requireSize(chunkSize, '--chunk-size') };
  return openRunTarget(to, context, 'copy', { ...context.network, ...limit });
}

async function copyOne(address: string, destination: CopyDestination, context: RunContext): Promise<readonly Copied[]> {
  const { target: source } = openRunTarget(address, context, 'copy');
  const { target } = openDestination(destination, context);
  const { platform, referrers = false } = destination;
  const move = async ({ digest, tag }: Move): Promise<readonly Copied[]> => {
    const result = await copy(source, target, {
      // By digest, so that a tag that moves meanwhile changes nothing.
      references: [digest],
      ...(tag === undefined ? {} : { as: tag }),
      ...(platform === undefined ? {} : { platform }),
      referrers,
      concurrency: context.limits.concurrency,
      signal: context.signal,
      onEvent: (event) => report(event, context),
    });
    return result.copied;
  };
  const moves = await movesOf(source, address, destination, context);
  const checks = platform === undefined && destination.quotaCheck !== false;
  if (checks && (await harborBehind(target, context)) !== undefined) {
    const digests = moves.map(({ digest }) => digest);
    await requireQuota(await loadOfCopy(source, digests, context.signal), target, context);
  }
  for (const one of destination.overwrite ? [] : moves) {
    // Which manifest a platform leads to is known when it has been copied; its tag has not moved then.
    const [child] = platform === undefined ? [] : await move({ ...one, tag: undefined });
    await refuseMove(target, one.tag, child?.digest ?? one.digest, context.signal);
  }
  const copied: Copied[] = [];
  for (const one of moves) copied.push(...(await move(one)));
  return copied;
}

async function refuseMove(target: Target, tag: string | undefined, digest: string, signal: AbortSignal): Promise<void> {
  const present = tag === undefined ? undefined : await resolved(target, tag, signal);
  if (present === undefined || present === digest) return;
  throw new SlipwayError('TAG_EXISTS', `'${tag}' already points to a different artifact`, {
    where: `${target.name}:${tag}`,
    got: `there ${present}, to be copied ${digest}`,
    try: 'a new tag, or leave --no-overwrite out',
  });
}

async function resolved(target: Target, tag: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    return (await target.resolve(tag, signal)).digest;
  } catch (error) {
    if (SlipwayError.is(error) && (error.code === 'OCI_NOT_FOUND' || error.code === 'NOT_FOUND')) return undefined;
    throw error;
  }
}

function report(event: TransferEvent, context: RunContext): void {
  const stage = 'copy';
  switch (event.type) {
    case 'start':
    case 'progress':
    case 'reset':
    case 'resume':
    case 'skip': {
      const { type, ...rest } = event;
      context.emit({ type: `item.${type}`, stage, ...rest } as Parameters<RunContext['emit']>[0]);
      return;
    }
    case 'end':
      context.emit({ ...event, type: 'item.end', stage, durationMs: 0 });
      return;
    case 'warning':
      context.emit({ type: 'warning', code: 'REGISTRY_WARNING', message: event.message });
      return;
    case 'manifest':
    case 'tag':
  }
}
