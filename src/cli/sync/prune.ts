import { type Digest } from '../../core/index.js';
import { parseManifest, type OpenedTarget } from '../../registry/index.js';
import { RECIPE_ANNOTATION } from '../../stages/index.js';
import { allReferrers, deleteQuietly } from '../lifecycle/tagged.js';
import { withRepository } from '../lifecycle/with-repository.js';
import type { Session } from '../session/session.js';
import type { Followed } from './follow.js';

type Target = OpenedTarget['target'];

/** Which tags are taken away, of those that this program has put there. */
export interface PruneRules {
  /** Those of sources that are gone. */
  readonly gone: boolean;
  /** Those that no pipeline of the configuration names any more. */
  readonly unlisted: boolean;
  /** Of each source only so many of the newest, beside those that are named now. */
  readonly keep: number | undefined;
}

/** A tag that was taken away, or would be. */
export interface Pruned {
  readonly reference: string;
  readonly digest: Digest;
  readonly rule: 'gone' | 'unlisted' | 'keep';
}

/** A tag whose manifest says that this program made it, and of what. */
interface OwnTag {
  readonly tag: string;
  readonly digest: Digest;
  readonly source: string;
  readonly created: string;
}

/**
 * Takes away what the rules name, in every repository that the pipelines publish to. Only tags whose manifest carries a
 * recipe are looked at, and none of a pipeline whose plan failed: what it would publish is not known.
 */
export async function prune(
  session: Session,
  followed: readonly Followed[],
  rules: PruneRules,
  dryRun: boolean,
): Promise<readonly Pruned[]> {
  const pruned: Pruned[] = [];
  for (const address of new Set(followed.flatMap(({ targets }) => targets))) {
    const here = followed.filter(({ targets }) => targets.includes(address));
    const found = await withRepository(
      session,
      'sync',
      address.replace(/:[^:/]*$/, keepPort),
      async ({ target }, { signal }) => {
        const tags = await ownTags(target, signal);
        const chosen = chooseTags(tags, here, rules);
        if (!dryRun) await remove(target, chosen, tags, signal);
        return chosen.map(({ tag, digest, rule }) => ({ reference: `${target.name}:${tag}`, digest, rule }));
      },
    );
    pruned.push(...found);
  }
  return pruned;
}

/** An address may end with a tag; a port, and the drive of a path, are none. */
function keepPort(ending: string): string {
  return /^:\d+$/.test(ending) ? ending : '';
}

type Chosen = OwnTag & Pick<Pruned, 'rule'>;

/** Which tags the rules name: pure. */
export function chooseTags(tags: readonly OwnTag[], followed: readonly Followed[], rules: PruneRules): Chosen[] {
  const isOf = (tag: OwnTag, one: Followed): boolean =>
    one.source !== undefined && (tag.source === one.source || tag.source.endsWith(`/${one.source}`));
  const named = new Set(followed.flatMap((one) => one.tags ?? []));
  const unknown = followed.filter((one) => one.tags === undefined && one.status !== 'gone');
  const isProtected = (tag: OwnTag): boolean =>
    named.has(tag.tag) || unknown.some((one) => one.source === undefined || isOf(tag, one));
  const gone = followed.filter(({ status }) => status === 'gone');
  // A source that another pipeline still reads is not gone: only its branch is.
  const present = followed.filter(({ status }) => status !== 'gone');
  const isGone = (tag: OwnTag): boolean => gone.some((one) => isOf(tag, one)) && !present.some((one) => isOf(tag, one));
  const old =
    rules.keep === undefined
      ? new Set<string>()
      : olderTags(
          tags.filter((tag) => !named.has(tag.tag)),
          rules.keep,
        );
  return tags.flatMap((tag): Chosen[] => {
    if (isProtected(tag)) return [];
    if (isGone(tag)) return rules.gone ? [{ ...tag, rule: 'gone' }] : [];
    if (rules.unlisted) return [{ ...tag, rule: 'unlisted' }];
    return old.has(tag.tag) ? [{ ...tag, rule: 'keep' }] : [];
  });
}

/** All but the newest of each source. */
function olderTags(tags: readonly OwnTag[], keep: number): Set<string> {
  const bySource = new Map<string, OwnTag[]>();
  for (const tag of tags) bySource.set(tag.source, [...(bySource.get(tag.source) ?? []), tag]);
  const older = [...bySource.values()].flatMap((group) =>
    group.sort((a, b) => (a.created < b.created ? 1 : -1)).slice(keep),
  );
  return new Set(older.map(({ tag }) => tag));
}

async function ownTags(target: Target, signal: AbortSignal): Promise<readonly OwnTag[]> {
  const own: OwnTag[] = [];
  for (const tag of await target.tags(signal).catch(() => [])) {
    const { descriptor, bytes } = await target.readManifest(tag, signal);
    const { annotations } = parseManifest(bytes, tag, descriptor.mediaType);
    if (annotations[RECIPE_ANNOTATION] === undefined) continue;
    own.push({
      tag,
      digest: descriptor.digest,
      source: annotations['org.opencontainers.image.source'] ?? '',
      created: annotations['org.opencontainers.image.created'] ?? '',
    });
  }
  return own;
}

/** A manifest goes with its last tag, and what refers to it with it. */
async function remove(
  target: Target,
  chosen: readonly OwnTag[],
  all: readonly OwnTag[],
  signal: AbortSignal,
): Promise<void> {
  const names = new Set(chosen.map(({ tag }) => tag));
  for (const { tag, digest } of chosen) {
    if (all.some((other) => other.digest === digest && !names.has(other.tag))) {
      await deleteQuietly(target, tag, signal);
      continue;
    }
    for (const one of await allReferrers(target, digest, signal)) await deleteQuietly(target, one.digest, signal);
    await deleteQuietly(target, digest, signal);
  }
  if (chosen.length > 0 && 'collectGarbage' in target) await target.collectGarbage(signal);
}
