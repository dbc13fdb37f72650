import type { Artifact } from '../../registry/index.js';
import type { PackedIndex, PackedModel } from '../packaging/packed-model.js';
import type { PushOptions } from '../options/index.js';

type TagOptions = Pick<PushOptions, 'tags' | 'indexTags'>;

/** Tags of an artifact: see {@link PushOptions.tags}. */
export function tagsOf(model: PackedModel, artifact: Artifact, options: TagOptions): readonly string[] {
  if (typeof options.tags === 'function') return options.tags(artifact);
  const end = formatEnding(model, artifact.format);
  const variant = artifact.variant?.toLowerCase();
  if (options.tags === undefined) return [`${variant ?? 'latest'}${end}`];
  const isMember = model.indexes?.some(({ members }) => members.includes(artifact)) === true;
  if ((isMember || isOneOfSeveral(model, artifact)) && variant !== undefined)
    return options.tags.map((tag) => `${tag}-${variant}${end}`);
  return options.tags.map((tag) => `${tag}${end}`);
}

/** True where one tag would have to stand for several quantizations. */
function isOneOfSeveral({ artifacts }: PackedModel, { format, variant }: Artifact): boolean {
  return artifacts.some((other) => other.format === format && other.variant !== variant);
}

/** Tags of an index over the variants. */
export function indexTagsOf(model: PackedModel, index: PackedIndex, options: TagOptions): readonly string[] {
  const indexTags = options.indexTags ?? (typeof options.tags === 'function' ? undefined : options.tags);
  return (indexTags ?? ['latest']).map((tag) => `${tag}${formatEnding(model, index.format)}`);
}

/** The first format has the tags as they are; others say which they are. */
function formatEnding(model: PackedModel, format: string): string {
  return format === model.artifacts[0]?.format ? '' : `-${format}`;
}
