import { SlipwayError, type RunContext, type Stage, type StageReport } from '../core/index.js';
import { copy, parseReference, type Copied, type Target, type TransferEvent } from '../registry/index.js';
import { openRunTarget } from '../stages/index.js';
import { executeStage } from './execute.js';
import type { Session } from './session.js';
import { showPlan } from './show-plan.js';
import { safeLine } from './text.js';

/** Where a copy goes. */
export interface CopyDestination {
  readonly to: string;
  /** The source's own tag when there are none. */
  readonly tags: readonly string[];
  readonly overwrite: boolean;
  readonly referrers?: boolean;
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
  const from = parseReference(address);
  const { target: source } = openRunTarget(address, context, 'copy');
  const { target } = openRunTarget(destination.to, context, 'copy');
  const { digest } = await source.resolve(from.digest ?? from.tag ?? 'latest', context.signal);
  const tags = destination.tags.length > 0 ? destination.tags : from.tag === undefined ? [] : [from.tag];
  const states = await Promise.all(
    tags.map(async (tag) => {
      const present = await target.resolve(tag, context.signal).catch(() => undefined);
      return `${tag} ${present === undefined ? 'new' : present.digest === digest ? 'is there' : 'moves'}`;
    }),
  );
  return {
    stage: 'copy',
    summary: `${digest} to ${target.name}${states.length > 0 ? `, tags ${states.join(', ')}` : ''}`,
  };
}

async function copyOne(address: string, destination: CopyDestination, context: RunContext): Promise<readonly Copied[]> {
  const from = parseReference(address);
  const reference = from.digest ?? from.tag ?? 'latest';
  const { target: source } = openRunTarget(address, context, 'copy');
  const { target } = openRunTarget(destination.to, context, 'copy');
  const { digest } = await source.resolve(reference, context.signal);
  const tags = destination.tags.length > 0 ? destination.tags : from.tag === undefined ? [undefined] : [from.tag];
  if (!destination.overwrite) await refuseMoves(target, tags, digest, context.signal);
  const copied: Copied[] = [];
  for (const tag of tags) {
    const result = await copy(source, target, {
      // By digest, so that a tag that moves meanwhile changes nothing.
      references: [digest],
      ...(tag === undefined ? {} : { as: tag }),
      referrers: destination.referrers === true,
      concurrency: context.limits.concurrency,
      signal: context.signal,
      onEvent: (event) => report(event, context),
    });
    copied.push(...result.copied);
  }
  return copied;
}

async function refuseMoves(
  target: Target,
  tags: readonly (string | undefined)[],
  digest: string,
  signal: AbortSignal,
): Promise<void> {
  for (const tag of tags) {
    const present = tag === undefined ? undefined : await resolved(target, tag, signal);
    if (present === undefined || present === digest) continue;
    throw new SlipwayError('TAG_EXISTS', `'${tag}' already points to a different artifact`, {
      where: `${target.name}:${tag}`,
      got: `there ${present}, to be copied ${digest}`,
      try: 'a new tag, or leave --no-overwrite out',
    });
  }
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
