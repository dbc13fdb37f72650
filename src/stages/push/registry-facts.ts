import { SlipwayError, type RunContext } from '../../core/index.js';
import { uploadRules, type OpenedTarget } from '../../registry/index.js';
import { formatLimit } from '../limit-text.js';

/** What a plan says of a registry, for programs and for people. */
export interface RegistryFacts {
  readonly facts: Readonly<Record<string, string | number | boolean | null>>;
  readonly says: string;
}

/**
 * What is known of a registry by its name, where that is more than of any, and what one question tells that changes nothing. What
 * only writing shows (`null`: the right to push, mounts, the smallest chunk) is `pipeline doctor`'s to try.
 */
export async function registryFacts(
  target: OpenedTarget['target'],
  context: RunContext,
): Promise<RegistryFacts | undefined> {
  const { host } = target;
  if (host === undefined) return undefined;
  const referrers = await referrersOf(target, context);
  const { kind, largestLayer, largestManifest, chunkSize } = uploadRules(host);
  const known = (bytes: number): number | null => (bytes === Number.MAX_SAFE_INTEGER ? null : bytes);
  const layers = known(largestLayer) === null ? '' : `, layers of at most ${formatLimit(largestLayer)}`;
  const chunks = chunkSize === 'whole' ? ', takes no uploads in several chunks' : '';
  return {
    facts: {
      kind,
      largestLayer: known(largestLayer),
      largestManifest: known(largestManifest),
      inChunks: chunkSize !== 'whole',
      ...(context.planOnly === true && { referrers: referrers ?? null, push: null, mount: null, chunkMinimum: null }),
    },
    says: [kind === 'plain' ? '' : `a registry of the kind ${kind}${layers}${chunks}`, found(context, referrers)]
      .filter(Boolean)
      .join('; '),
  };
}

/** Asked for a plan that is shown, not before every run. A registry that fails over it is no reason not to plan. */
async function referrersOf(target: OpenedTarget['target'], context: RunContext): Promise<boolean | undefined> {
  if (context.planOnly !== true || !('hasReferrersApi' in target)) return undefined;
  try {
    return await target.hasReferrersApi(context.signal);
  } catch (error) {
    if (!SlipwayError.is(error) || context.signal.aborted) throw error;
    return undefined;
  }
}

function found({ planOnly }: RunContext, referrers: boolean | undefined): string {
  if (planOnly !== true) return '';
  const api = referrers === undefined ? 'referrers not known' : referrers ? 'referrers API' : 'referrers by tag';
  return `${api}; rights to push and mount not tried (pipeline doctor does)`;
}
