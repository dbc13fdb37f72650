import { createContext, SlipwayError, type Digest, type RunContext } from '../core/index.js';
import type { Snapshot } from '../files/index.js';
import { finding, joinReports, lintModel, reportOf, type LintInput, type LintReport } from '../lint/index.js';
import { artifactSnapshot, findManifest, VARIANT_ANNOTATIONS } from '../package/index.js';
import { parseManifest, type Target } from '../registry/index.js';
import { openSource, parseAddress } from '../source/index.js';
import { openRunTarget } from './open-run-target.js';
import { httpOf, tellRetry } from './resources.js';

/** What to look at. */
export interface LintOptions {
  /** Branch, tag or commit of a repository. */
  readonly revision?: string | undefined;
  /** Which member of an index (`Q4_K_M`); all of them unless given. */
  readonly variant?: string | undefined;
}

/** Members of an index that are looked at. */
const MOST_MEMBERS = 64;

/**
 * Looks a model over without fetching it: `hf://org/name`, a directory, a file, `oci://host/repository:tag`,
 * `layout:./dir:tag`, or files that are open already. What is wrong with the content is in the report; throws what reading
 * throws (`NOT_FOUND`, `OCI_NOT_FOUND`, network).
 */
export async function lint(
  what: string | Snapshot,
  options: LintOptions = {},
  borrowed?: RunContext,
): Promise<LintReport> {
  const own = createContext();
  const context = borrowed ?? own;
  try {
    if (typeof what !== 'string') return await lintModel({ name: what.source.name, files: what.files }, context.signal);
    return parseAddress(what).kind === 'registry'
      ? await lintArtifacts(what.replace(/^oci:\/\//, ''), options, context)
      : await lintSource(what, options, context);
  } finally {
    await own.close();
  }
}

async function lintSource(address: string, { revision }: LintOptions, context: RunContext): Promise<LintReport> {
  const { env, signal, network } = context;
  const { fetch } = httpOf(context, 'lint');
  const { insecureHosts } = network;
  const onRetry = tellRetry(context, 'lint');
  const snapshot = await openSource(address, {
    everything: true,
    revision,
    insecureHosts,
    fetch,
    onRetry,
    env,
    signal,
  });
  return lintModel({ name: address, files: snapshot.files }, signal);
}

/** An artifact, or every member of an index. */
async function lintArtifacts(address: string, { variant }: LintOptions, context: RunContext): Promise<LintReport> {
  const { target, tag, digest } = openRunTarget(address, context, 'lint');
  const outer = await target.readManifest(digest ?? tag ?? 'latest', context.signal);
  const { kind, manifests } = parseManifest(outer.bytes, address, outer.descriptor.mediaType);
  const named = { name: address, digest: outer.descriptor.digest };
  if (kind === 'manifest' || variant !== undefined)
    return { ...(await lintArtifact(target, outer.descriptor.digest, variant, context)), ...named };
  const reports: (readonly [string, LintReport])[] = [];
  for (const member of manifests.slice(0, MOST_MEMBERS)) {
    const label = member.annotations?.[VARIANT_ANNOTATIONS.name] ?? member.digest.slice(0, 19);
    reports.push([label, await lintArtifact(target, member.digest, undefined, context)]);
  }
  return { ...joinReports(address, reports), ...named };
}

/** Names that no directory could hold end the opening of an artifact: then they are all that is known. */
async function lintArtifact(
  target: Target,
  reference: Digest,
  variant: string | undefined,
  context: RunContext,
): Promise<LintReport> {
  const { signal } = context;
  try {
    const snapshot = await artifactSnapshot({ target, reference, name: target.name }, { signal, variant });
    const { manifest } = await findManifest({ target, reference, name: target.name }, { signal, variant });
    const { annotations } = manifest;
    const input: LintInput = {
      name: target.name,
      files: snapshot.files,
      travels: true,
      annotations: new Map(Object.entries(annotations ?? {})),
    };
    return await lintModel(input, signal);
  } catch (error) {
    if (!SlipwayError.is(error) || error.code !== 'PATH_UNSAFE') throw error;
    const { where = target.name, got = error.message } = error.details;
    const code = error.details.context?.['other'] === undefined ? 'name-unsafe' : 'name-collision';
    return reportOf(target.name, [finding(code, where, got)], 0);
  }
}
