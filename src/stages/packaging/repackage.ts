import { pipeline, type RunContext, type Stage } from '../../core/index.js';
import type { Snapshot } from '../../files/index.js';
import { parseManifest } from '../../registry/index.js';
import { download } from '../download.js';
import { pack } from './pack.js';
import type { PackedModel, PushedArtifact } from './packed-model.js';
import { openRunTarget } from '../open-run-target.js';
import { push } from '../push/push.js';
import type { DownloadOptions, PackStageOptions, PushOptions } from '../options/index.js';

export type RepackageOptions = PackStageOptions & PushOptions & Pick<DownloadOptions, 'variant'>;

/**
 * Gives an artifact that is in a registry or layout another format. Files that are layers of their own keep their
 * blobs: they are there already, or are mounted from the source's repository, and no byte of them moves.
 */
export function repackage(
  source: string,
  to: string,
  options: RepackageOptions = {},
): Stage<void, readonly PushedArtifact[]> {
  const { variant, tags, indexTags, overwrite, quotaCheck, chunkSize, reuse, split, splitMaxSize, ...packing } =
    options;
  return pipeline(
    // Blobs are known by their digests and are checked where they arrive: nothing has to be read to prove them.
    download(source, { verify: 'transport', variant }),
    packAgain(packing),
    push(to, { tags, indexTags, overwrite, quotaCheck, chunkSize, reuse, split, splitMaxSize }),
  );
}

/** Packs an artifact's files under the name and the annotations that the artifact had. */
function packAgain(options: PackStageOptions): Stage<Snapshot, PackedModel> {
  const stage = async (snapshot: Snapshot, context: RunContext): Promise<ReturnType<typeof pack>> => {
    const known = await standardAnnotations(snapshot, context);
    const title = known['org.opencontainers.image.title'];
    return pack({
      name: title,
      ...options,
      annotations: { ...known, ...options.annotations },
    });
  };
  return {
    name: 'pack',
    plan: async (snapshot, context) =>
      (await (await stage(snapshot, context)).plan?.(snapshot, context)) ?? { reports: [] },
    run: async (snapshot, context) => (await stage(snapshot, context)).run(snapshot, context),
  };
}

/** What an artifact says of itself in the words of the image specification, and of the base of an adapter. */
async function standardAnnotations(
  { source }: Snapshot,
  context: RunContext,
): Promise<Readonly<Record<string, string>>> {
  if (source.kind !== 'registry') return {};
  const { target, digest } = openRunTarget(source.url, context, 'download');
  const { bytes, descriptor } = await target.readManifest(digest ?? source.revision, context.signal);
  const { annotations } = parseManifest(bytes, source.name, descriptor.mediaType);
  return Object.fromEntries(
    Object.entries(annotations).filter(([key]) => /^(?:org\.opencontainers\.image|dev\.slipway\.adapter)\./.test(key)),
  );
}
