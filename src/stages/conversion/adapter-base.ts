import { isDigest, SlipwayError, type RunContext } from '../../core/index.js';
import type { AdapterFacts, ModelVariant } from '../../package/index.js';
import { isLocalAddress, wantedReference } from '../../registry/index.js';
import { openRunTarget } from '../open-run-target.js';

/**
 * The variants with the base that was named for their adapters: an artifact's reference, by whose digest the base is known
 * from then on, a digest, or a name on the Hub. Throws `USAGE` when none of them is an adapter, `OCI_NOT_FOUND`.
 */
export async function onBase(
  variants: readonly ModelVariant[],
  base: string | undefined,
  context: RunContext,
): Promise<readonly ModelVariant[]> {
  if (base === undefined) return variants;
  if (!variants.some(({ facts }) => facts.adapter !== undefined)) {
    throw new SlipwayError('USAGE', 'a base is named, and there is no adapter to be on it', {
      got: `adapterBase: ${base}`,
      try: 'leave it out: a model says itself what it is',
    });
  }
  const named = await namedBase(base, context);
  return variants.map((variant) => {
    const { adapter } = variant.facts;
    if (adapter === undefined) return variant;
    // A revision is one of the base that was recorded before.
    const { baseRevision: _other, ...kept } = adapter;
    return {
      ...variant,
      facts: { ...variant.facts, adapter: { ...(named.base === undefined ? adapter : kept), ...named } },
    };
  });
}

async function namedBase(base: string, context: RunContext): Promise<AdapterFacts> {
  if (isDigest(base)) return { baseDigest: base };
  const hub = nameOnHub(base);
  if (hub !== undefined) return hub;
  const opened = openRunTarget(base, context, 'pack');
  const { target, tag } = opened;
  const { descriptor } = await target.readManifest(await wantedReference(opened, context.signal), context.signal);
  // Where a layout lies is this machine's own business.
  const isPublic = target.host !== undefined;
  return {
    ...(isPublic && { base: `${target.name}${tag === undefined ? '' : `:${tag}`}` }),
    baseDigest: descriptor.digest,
  };
}

/** `hf://org/name`, `org/name`, either at a revision; a host in front has a dot, a port or is this machine. */
function nameOnHub(base: string): AdapterFacts | undefined {
  const [, scheme, name, revision] = /^(hf:\/\/)?([\w.-]+\/[\w.-]+)(?:@([^@]+))?$/.exec(base) ?? [];
  if (name === undefined) return undefined;
  if (scheme === undefined && (isLocalAddress(base) || /^(?:localhost|[^/]*\.[^/]*)\//.test(base))) return undefined;
  return { base: name, baseRevision: revision };
}
