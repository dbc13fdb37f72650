import { SlipwayError, type Digest, type RunContext } from '../../core/index.js';
import { isNotThere, type Artifact, type OpenedTarget } from '../../registry/index.js';
import type { PushOptions } from '../options/index.js';
import type { PackedModel } from '../packaging/packed-model.js';
import { hasOtherLayers, type Published } from './published.js';
import { noProject, type harborBehind } from './push-harbor.js';
import { tagsOf } from './push-tags.js';

/**
 * With `overwrite: false` a tag that points at something else is known before anything is made. What is not known to be the same
 * is taken to be other only where its manifest cannot be: the push itself compares digests.
 */
export async function refuseKnownConflicts(
  input: PackedModel,
  target: OpenedTarget['target'],
  options: PushOptions,
  signal: AbortSignal,
  now: {
    readonly states: ReadonlyMap<string, TagState>;
    readonly present: ReadonlyMap<Artifact, Published>;
    /** May turn out to be the very same. */
    readonly claimed: ReadonlySet<Artifact>;
    readonly unchanged: boolean;
  },
): Promise<void> {
  if (options.overwrite !== false || now.unchanged) return;
  for (const artifact of input.artifacts) {
    if (now.present.has(artifact) || now.claimed.has(artifact)) continue;
    for (const tag of tagsOf(input, artifact, options)) {
      const state = now.states.get(tag);
      if (state?.state !== 'exists') continue;
      // Without a recipe it may turn out to be the very same, unless its layers cannot be.
      if (artifact.recipe === undefined && !(await hasOtherLayers(target, artifact, tag, signal))) continue;
      throw new SlipwayError('TAG_EXISTS', `'${target.name}:${tag}' already points to a different artifact`, {
        where: `${target.name}:${tag}`,
        got: `${state.digest}, which was made of something else or in another way`,
        kept: 'nothing was read or sent',
        try: 'a new tag, or push without --no-overwrite',
      });
    }
  }
}

/** What a tag is in the target now; an account may push and not be allowed to look. */
export type TagState = { readonly state: 'new' | 'unknown' } | { readonly state: 'exists'; readonly digest: Digest };

/** Looks every tag up by itself: a push needs no right to list them. Throws what ends the push too. */
export async function tagStates(
  target: OpenedTarget['target'],
  tags: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, TagState>> {
  const states = tags.map(async (tag): Promise<TagState> => {
    try {
      return { state: 'exists', digest: (await target.resolve(tag, signal)).digest };
    } catch (error) {
      if (!SlipwayError.is(error) || signal.aborted) throw error;
      if (isNotThere(error)) return { state: 'new' };
      // Refused or broken for readers: whether it takes what is pushed, only the push can say.
      if (['OCI_DENIED', 'TRUST_REFUSED', 'OCI_PROTOCOL', 'OCI_UNAVAILABLE', 'MANIFEST_INVALID'].includes(error.code))
        return { state: 'unknown' };
      throw error;
    }
  });
  const found = await Promise.all(states);
  return new Map(tags.map((tag, index) => [tag, found[index] ?? { state: 'unknown' }]));
}

/** A repository that does not exist yet has no tags; anything else is worth telling before the work begins. */
export async function noTags(
  error: unknown,
  target: OpenedTarget['target'],
  harbor: Awaited<ReturnType<typeof harborBehind>>,
  context: RunContext,
): Promise<ReadonlyMap<string, TagState>> {
  if (!SlipwayError.is(error)) throw error;
  if (isNotThere(error)) return new Map();
  throw harbor !== undefined && error.code === 'OCI_UNAUTHORIZED' ? await noProject(error, target, context) : error;
}
