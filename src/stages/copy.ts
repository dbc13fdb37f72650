import {
  isDigest,
  runKey,
  SlipwayError,
  type Digest,
  type RunContext,
  type Stage,
  type StageReport,
} from '../core/index.js';
import {
  wantedReference,
  copy as copyBetween,
  findReference,
  tagExists,
  type Copied,
  type OpenedTarget,
  type Target,
} from '../registry/index.js';
import type { CopyStageOptions } from './options/index.js';
import { openPushTarget, openRunTarget } from './open-run-target.js';
import { harborBehind } from './push/push-harbor.js';
import { loadOfCopy, requireQuota } from './push/push-quota.js';
import { tellTransfer } from './transfer-events.js';

/** A manifest of the source and the tag that it gets; none for one that is to be had by its digest only. */
interface Move {
  readonly digest: Digest;
  readonly tag: string | undefined;
}

interface Ends {
  readonly source: OpenedTarget['target'];
  readonly target: OpenedTarget['target'];
  readonly moves: readonly Move[];
}

/**
 * Copies an artifact between registries and layouts, its digest kept: `oci://host/repository:tag` or `layout:./dir:tag` to
 * `host/repository[:tag]` or `layout:./dir[:tag]`. Without a tag of its own the copy gets the source's.
 * Throws `TAG_EXISTS` with `overwrite: false`, `OCI_STORAGE_FULL` for a Harbor without room, `USAGE`.
 */
export function copy(from: string, to: string, options: CopyStageOptions = {}): Stage<void, readonly Copied[]> {
  const PLANNED = runKey<Ends>('planned copy');
  return {
    name: 'copy',
    target: to,
    plan: async (_input, context) => {
      const ends = context.state.set(PLANNED, await openEnds(from, to, options, context));
      return { reports: [await planCopy(ends, options, context)] };
    },
    run: async (_input, context) => {
      const started = context.now();
      context.emit({ type: 'stage.start', stage: 'copy', total: null });
      const ends = context.state.get(PLANNED) ?? (await openEnds(from, to, options, context));
      const copied = await copyMoves(ends, options, context);
      for (const { reference, digest } of copied) {
        const { mediaType, size } = await ends.target.resolve(digest, context.signal);
        context.emit({ type: 'artifact', reference, digest, mediaType, size });
      }
      const summary = `${copied.length} manifest${copied.length === 1 ? '' : 's'}`;
      context.emit({ type: 'stage.end', stage: 'copy', ok: true, summary, durationMs: context.now() - started });
      return copied;
    },
  };
}

async function openEnds(from: string, to: string, options: CopyStageOptions, context: RunContext): Promise<Ends> {
  const opened = openRunTarget(from, context, 'copy');
  const destination = openPushTarget(to, options, context, 'copy');
  const tags = [...(destination.tag === undefined ? [] : [destination.tag]), ...(options.tags ?? [])];
  const isOne = opened.tag !== undefined || opened.digest !== undefined;
  if (options.allTags === true && (tags.length > 0 || isOne)) {
    throw new SlipwayError('USAGE', '--all-tags takes a source and a destination without tags', {
      try: 'pipeline copy --all-tags harbor.example.com/models/qwen mirror.example.com/models/qwen',
    });
  }
  const { target: source } = opened;
  const address = options.policy === undefined ? from : await trustedCopy(from, options.policy, options, context);
  return { source, target: destination.target, moves: await movesOf(opened, address, tags, options, context.signal) };
}

/** The source by the digest that the policy accepts. */
async function trustedCopy(
  from: string,
  policy: string,
  { allTags }: CopyStageOptions,
  context: RunContext,
): Promise<string> {
  if (allTags !== true) {
    // Loaded where there is a policy: most copies start without it.
    const { trustedAddress } = await import('./trust/verify-reference.js');
    return trustedAddress(/^(oci:\/\/|layout:|oci-archive:)/.test(from) ? from : `oci://${from}`, policy, context);
  }
  throw new SlipwayError('USAGE', 'a policy is about one artifact, --all-tags about many', {
    try: 'pipeline promote staging.example.com/m/qwen:v1 prod.example.com/m/qwen:v1 --policy FILE',
  });
}

async function movesOf(
  opened: OpenedTarget,
  address: string,
  tags: readonly string[],
  { allTags }: CopyStageOptions,
  signal: AbortSignal,
): Promise<readonly Move[]> {
  const { target: source, tag } = opened;
  if (allTags === true) {
    const all = await source.tags(signal);
    return Promise.all(all.map(async (each) => ({ digest: (await source.resolve(each, signal)).digest, tag: each })));
  }
  const trusted = /@(sha256:[0-9a-f]{64})$/.exec(address)?.[1];
  const reference = trusted ?? (await wantedReference(opened, signal));
  const { digest } = await source.resolve(reference, signal);
  // A layout's only artifact keeps the tag that it has there.
  const own =
    tag ?? (opened.digest !== undefined || isDigest(reference) || source.host !== undefined ? undefined : reference);
  return (tags.length > 0 ? tags : [own]).map((each) => ({ digest, tag: each }));
}

/** What a copy would move, and whether its tags stand for something else already. */
async function planCopy(
  { target, moves }: Ends,
  { platform }: CopyStageOptions,
  { signal }: RunContext,
): Promise<StageReport> {
  const states = await Promise.all(
    moves.map(async ({ digest, tag }) => {
      if (tag === undefined) return '';
      // An account may push and not be allowed to look: then only the copy can say.
      const present = await findReference(target, tag, signal).catch(() => undefined);
      return `${tag} ${present === undefined ? 'new' : present.digest === digest ? 'is there' : 'moves'}`;
    }),
  );
  const digests = [...new Set(moves.map(({ digest }) => digest))];
  const what = digests.length > 3 ? `${digests.length} manifests` : digests.join(', ');
  const only = platform === undefined ? '' : `, of it ${platform} only`;
  const tags = states.filter(Boolean);
  return {
    stage: 'copy',
    summary: `${what}${only} to ${target.name}${tags.length > 0 ? `, tags ${tags.join(', ')}` : ''}`,
  };
}

async function copyMoves(
  { source, target, moves }: Ends,
  options: CopyStageOptions,
  context: RunContext,
): Promise<readonly Copied[]> {
  const { platform, referrers = false, overwrite = true, quotaCheck = true } = options;
  const { signal } = context;
  const move = async ({ digest, tag }: Move): Promise<readonly Copied[]> => {
    const result = await copyBetween(source, target, {
      // By digest, so that a tag that moves meanwhile changes nothing.
      references: [digest],
      as: tag,
      platform,
      referrers,
      concurrency: context.limits.concurrency,
      signal,
      onEvent: (event) => tellTransfer(event, 'copy', context),
    });
    return result.copied;
  };
  if (platform === undefined && quotaCheck && (await harborBehind(target, context)) !== undefined) {
    const digests = moves.map(({ digest }) => digest);
    await requireQuota(await loadOfCopy(source, digests, signal), target, context);
  }
  for (const one of overwrite ? [] : moves) {
    // Which manifest a platform leads to is known when it has been copied; its tag has not moved then.
    const [child] = platform === undefined ? [] : await move({ ...one, tag: undefined });
    await refuseMove(target, one.tag, child?.digest ?? one.digest, signal);
  }
  const copied: Copied[] = [];
  for (const one of moves) copied.push(...(await move(one)));
  return copied;
}

async function refuseMove(target: Target, tag: string | undefined, digest: string, signal: AbortSignal): Promise<void> {
  const present = tag === undefined ? undefined : await findReference(target, tag, signal);
  if (present !== undefined && present.digest !== digest) {
    throw tagExists(`${target.name}:${tag ?? ''}`, present.digest, digest);
  }
}
